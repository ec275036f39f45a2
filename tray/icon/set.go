package icon

// Set draws each state once, as the tray of this platform wants it. It belongs
// to one goroutine.
type Set struct {
	drawn map[State][]byte
}

// New makes a set that has drawn nothing yet.
func New() *Set { return &Set{drawn: make(map[State][]byte)} }

// For returns the picture of a state. It is shared: do not write to it.
func (set *Set) For(s State) []byte {
	if picture, ok := set.drawn[s]; ok {
		return picture
	}
	picture := platform(s)
	set.drawn[s] = picture
	return picture
}
