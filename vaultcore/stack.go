package vaultcore

// GrowStack gives the goroutine a stack of 16 KiB at once. One begins with 2 KiB, and each
// time that it needs more, Go doubles it and copies what is there frame by frame. Where
// a whole request takes a fraction of a millisecond, and is deep in calls, that is a
// good part of it. Call it while the stack is shallow.
func GrowStack() { deepFrame(false) }

// deepFrame has a frame of more than half of that: to call it is to have the room.
//
//go:noinline
func deepFrame(used bool) {
	if used { // it is not: the pages are left to whoever needs them
		var frame [12 << 10]byte
		keep(&frame)
	}
}

//go:noinline
func keep(*[12 << 10]byte) {}
