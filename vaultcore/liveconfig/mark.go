package liveconfig

import "time"

// mark tells one state of the file from another without reading it: the same mark
// is the same text, unless the file was written again within the resolution of its
// times. It is that of the file itself: a link that leads elsewhere leads to
// another one.
type mark struct {
	device, number uint64 // which file it is
	size           int64
	modified       int64 // when its text was last written, in nanoseconds since 1970
	changed        int64 // when anything of it last changed; what the system keeps for itself and nobody can set
	fault          string
}

// touched is when the file was last changed, as far as it tells. A file that is not
// there was never touched.
func (m mark) touched() time.Time { return time.Unix(0, max(m.modified, m.changed)) }

// markOf looks at the file at the end of all links. A file that cannot be looked at
// has the reason as its mark.
func markOf(path string) mark {
	m, err := statMark(path)
	if err != nil {
		return mark{fault: err.Error()}
	}
	return m
}
