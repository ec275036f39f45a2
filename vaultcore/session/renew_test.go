package session

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// running starts the renewal loop and returns how to end it.
func running(t *testing.T, w *world) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestRolesInUseRenewByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		defer running(t, w)()
		for range 6 * 12 { // a working day, a look every 5 minutes
			if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
				t.Fatal(err)
			}
			s, ok := w.Find(role("prod"), 2)
			if left := time.Until(s.Expires); !ok || left < 5*time.Minute {
				t.Fatalf("a session in use has %v left", left)
			}
			time.Sleep(5 * time.Minute)
		}
		if len(w.person.asked) != 1 || w.aws.count(plan.Session) != 1 {
			t.Errorf("asked %d times", len(w.person.asked))
		}
	})
}

func TestUnusedSessionsAreLeftToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		defer running(t, w)()
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(7 * time.Hour)
		if n := w.aws.count(plan.Role); n > 2 {
			t.Errorf("an unused role was assumed %d times", n)
		}
	})
}

func TestRenewalsAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		defer running(t, w)()
		for i := range 100 {
			if _, err := w.Get(t.Context(), role(fmt.Sprintf("r%d", i)), 0, caller("aws")); err != nil {
				t.Fatal(err)
			}
		}
		for before := w.aws.count(plan.Role); before < 200; {
			time.Sleep(time.Minute)
			now := w.aws.count(plan.Role)
			if now-before > 25 {
				t.Fatalf("%d renewals in one minute", now-before)
			}
			before = now
		}
	})
}

func TestAFailedRenewalIsTriedAgainAndDisturbsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		defer running(t, w)()
		first, err := w.Get(t.Context(), role("prod"), 0, caller("aws"))
		if err != nil {
			t.Fatal(err)
		}
		w.aws.fail(vaultcore.Faultf(vaultcore.ErrNoAnswer, "no network"))
		time.Sleep(56 * time.Minute)
		if c, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil || c.AccessKeyID != first.AccessKeyID {
			t.Errorf("%v, %v", c, err)
		}
		synctest.Wait()
		if !strings.Contains(w.log.String(), "could not be renewed") {
			t.Error("the log says nothing")
		}
		if n := w.aws.count(plan.Role); n > 20 {
			t.Errorf("%d tries", n)
		}
		w.aws.fail(nil)
		time.Sleep(2 * time.Minute)
		if c, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil || c.AccessKeyID == first.AccessKeyID {
			t.Errorf("not renewed when AWS came back: %v, %v", c, err)
		}
	})
}

func TestIdleLoopSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		if nap := w.nap(time.Now()); nap < time.Hour {
			t.Errorf("with no session, the loop wakes after %v", nap)
		}
	})
}

func TestWhatIsKeptFreshIsForTheCallerToDecide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		for _, name := range []string{"pinned", "other"} {
			if _, err := w.Get(t.Context(), role(name), 0, caller("aws")); err != nil {
				t.Fatal(err)
			}
		}
		w.restart(t.Context())
		var mu sync.Mutex
		renewed := make(map[string]int)
		w.options.Keep = func(profile string, _ bool) bool { return profile == "pinned" }
		w.options.Renewed = func(profile string, err error) {
			mu.Lock()
			defer mu.Unlock()
			renewed[profile]++
		}
		if err := w.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.LearnKey(t.Context(), "base"); err != nil {
			t.Fatal(err)
		}
		w.Follow(role("pinned"))
		w.Follow(role("other"))
		stop := running(t, w)
		time.Sleep(4 * time.Hour)
		stop()
		mu.Lock()
		defer mu.Unlock()
		if renewed["pinned"] < 4 || renewed["other"] != 0 {
			t.Errorf("renewed %v", renewed)
		}
	})
}
