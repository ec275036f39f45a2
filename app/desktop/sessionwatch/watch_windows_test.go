package sessionwatch

import (
	"context"
	"slices"
	"testing"
	"time"
	"unsafe"
)

// TestWindow sends the messages of Windows to the window that listens, and looks at what
// came of them.
func TestWindow(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := new(Watcher)
	events, ended, follows := make(chan Event, 16), make(chan error, 1), make(chan struct{})
	go func() { ended <- s.watch(ctx, func(e Event) { events <- e }, func() { close(follows) }) }()
	select {
	case <-follows:
	case err := <-ended:
		t.Fatal(err)
	}
	name, err := className()
	if err != nil {
		t.Fatal(err)
	}
	window, _, err := user32.NewProc("FindWindowW").Call(uintptr(unsafe.Pointer(name)), 0)
	if window == 0 {
		t.Fatal(err)
	}
	s.set(&s.locked, false) // the machine that runs the test may be locked
	var got []Event
	send := user32.NewProc("SendMessageW")
	for _, m := range []struct {
		kind, what uintptr
		event      Event
	}{
		{wmSessionChange, sessionLock, ScreenLocked},
		{wmSessionChange, sessionUnlock, ScreenUnlocked},
		{wmPowerBroadcast, suspends, FallingAsleep},
		{wmPowerBroadcast, resumes, WokenUp},
		{wmSessionChange, remoteAway, ScreenLocked},
	} {
		_, _, _ = send.Call(window, m.kind, m.what, 0)
		select {
		case e := <-events:
			if e != m.event {
				t.Errorf("message %x with %d: %q, not %q", m.kind, m.what, e, m.event)
			}
			got = append(got, e)
		case <-time.After(time.Minute):
			t.Fatalf("message %x with %d was not heard, after %q", m.kind, m.what, got)
		}
	}
	if slices.Contains(got, "") || !s.Locked() {
		t.Errorf("the screen counts as open after %q", got)
	}
	cancel()
	<-ended
	if again, _, _ := user32.NewProc("FindWindowW").Call(uintptr(unsafe.Pointer(name)), 0); again != 0 {
		t.Error("the window is still there")
	}
}
