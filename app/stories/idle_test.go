//go:build linux

package stories_test

import (
	"testing"
	"time"
)

// TestStoryLockAfterIdle: Vaultbar is locked once nobody was there for as long as the
// settings say, whatever programs get meanwhile, and the trail says why.
func TestStoryLockAfterIdle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(plain, w.spare)
	w.must("settings", "set", "lock_after_idle", "1m")
	w.export(plain)
	var refused outcome
	next := time.NewTicker(time.Second)
	defer next.Stop()
	w.eventually("a program gets nothing any more", func() bool {
		<-next.C
		refused = w.run("export", "--format=json", plain)
		return refused.code != 0
	})
	if refused.code != 6 || refused.stdout != "" {
		t.Errorf("exit code %d, %d bytes\n%s", refused.code, len(refused.stdout), refused.stderr)
	}
	var reasons []string
	for _, line := range w.trail() {
		if line.Kind == "lock" {
			reasons = append(reasons, line.Operation+" "+line.Allowed)
		}
	}
	if len(reasons) != 1 || reasons[0] != "lock idle" {
		t.Errorf("the trail has %q", reasons)
	}
	w.must("unlock")
	w.export(plain)
}
