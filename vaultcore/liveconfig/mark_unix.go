//go:build unix

package liveconfig

import "syscall"

func statMark(path string) (mark, error) {
	var s syscall.Stat_t
	for {
		err := syscall.Stat(path, &s)
		if err == syscall.EINTR {
			continue
		}
		modified, changed := times(&s)
		return mark{device: uint64(s.Dev), number: s.Ino, size: s.Size, modified: modified.Nano(), changed: changed.Nano()}, err
	}
}
