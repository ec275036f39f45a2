package vaultcore

import (
	"testing"
	"unsafe"
)

// TestGrowStack: what is deep in calls has its room at once, and it is not copied there
// on the way.
func TestGrowStack(t *testing.T) {
	moved := func(grow bool) bool {
		result := make(chan bool)
		go func() {
			if grow {
				GrowStack()
			}
			var here byte
			at := addressOf(&here)
			descend(20)
			result <- at != addressOf(&here)
		}()
		return <-result
	}
	if !moved(false) {
		t.Error("a stack of Go's own size is large enough: GrowStack does nothing")
	}
	if moved(true) {
		t.Error("the stack was copied although it was grown before")
	}
}

// descend calls itself in frames of 128 bytes and more.
//
//go:noinline
func descend(depth int) byte {
	var frame [128]byte
	if depth > 0 {
		frame[depth%len(frame)] = descend(depth - 1)
	}
	return frame[len(frame)-1-depth]
}

// addressOf is where a variable of the stack is at the moment.
//
//go:noinline
func addressOf(b *byte) uintptr { return uintptr(unsafe.Pointer(b)) }
