//go:build unix

package cli

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestTerminalWatch holds that a change is told once, what has not changed not at
// all, and that the person ends it.
func TestTerminalWatch(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	changes := make(chan struct{})
	service.Changes = changes
	w.serve(t, service)
	p := sit(t, w, false, "watch")
	p.expect("  hoge-system  active until ", 1)
	p.expect("  asking  waits for an answer\n", 1)
	service.Update(func() {
		// A new list: the old one may be on its way to a reader.
		profiles := append([]vaultcore.ProfileState(nil), service.State.Profiles...)
		profiles[3].State = vaultcore.StateNone
		service.State.Profiles = profiles
	})
	changes <- struct{}{}
	p.expect("  asking  no session\n", 1)
	p.types("\x03")
	p.leaves(exitCanceled)
	if n := strings.Count(p.screen(), "hoge-system"); n != 1 {
		t.Errorf("what has not changed was told %d times:\n%s", n, p.screen())
	}
}
