package session

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
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

// TestRenewalsAreSpread: of 100 sessions that end at one moment, and of those
// that replace them, no more than ten are renewed in a minute.
func TestRenewalsAreSpread(t *testing.T) {
	hours := 7
	if testing.Short() {
		hours = 3
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.options.Keep = func(string, bool) bool { return true }
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if _, err := w.Get(t.Context(), role(fmt.Sprintf("r%d", i)), 0, caller("aws")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		defer running(t, w)()
		most := 0
		for before, n := w.aws.count(plan.Role), 0; n < hours*60; n++ {
			time.Sleep(time.Minute)
			now := w.aws.count(plan.Role)
			most = max(most, now-before)
			before = now
		}
		if n := w.aws.count(plan.Role); most > 10 || n < hours*100 {
			t.Errorf("%d renewals in one minute, %d calls in all", most, n)
		}
	})
}

func TestNoSessionInUseRunsDownToItsLastMinutes(t *testing.T) {
	for _, life := range []time.Duration{15 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour, 12 * time.Hour} {
		for _, phase := range []float64{0, 0.5, 1} {
			left := renewalLeft(life, phase)
			if left < renewLeft || left > life*6/10 || left < life/10 {
				t.Errorf("of %v, %v is left at phase %v", life, left, phase)
			}
		}
	}
}

// TestTimesAreOfTheWallClock: what keeps a monotonic reading is compared by it,
// and after a suspend a session that has ended would look alive.
func TestTimesAreOfTheWallClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		defer running(t, w)()
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(55 * time.Minute)
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, e := range w.sessions {
			for _, at := range []time.Time{e.Issued, e.Used, e.Expires, e.retry, now()} {
				if at != at.Round(0) {
					t.Errorf("%v has a monotonic reading", at)
				}
			}
		}
	})
}

func TestAFailedRenewalIsTriedAgainAndDisturbsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		var worked, failed atomic.Int32
		w.options.Renewed = func(_ string, err error) {
			if err != nil {
				failed.Add(1)
				return
			}
			worked.Add(1)
		}
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
		if failed.Load() == 0 || worked.Load() != 0 {
			t.Errorf("told of %d renewals that failed, %d that worked", failed.Load(), worked.Load())
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

// TestTheNetworkComesBack: what failed a moment ago is tried again at once, and once.
func TestTheNetworkComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		defer running(t, w)()
		first, err := w.Get(t.Context(), role("prod"), 0, caller("aws"))
		if err != nil {
			t.Fatal(err)
		}
		w.aws.fail(vaultcore.Faultf(vaultcore.ErrNoAnswer, "no network"))
		time.Sleep(56*time.Minute + time.Second)
		synctest.Wait()
		w.aws.fail(nil)
		tries := w.aws.count(plan.Role)
		w.Resume()
		time.Sleep(10 * time.Second) // AWS takes its time; the next try by itself is later
		if c, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil || c.AccessKeyID == first.AccessKeyID {
			t.Errorf("not renewed at once: %v, %v", c, err)
		}
		w.Resume()
		time.Sleep(10 * time.Second)
		if n := w.aws.count(plan.Role) - tries; n != 1 {
			t.Errorf("tried %d times", n)
		}
	})
}

func TestIdleLoopSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		if wait := w.untilDue(time.Now()); wait < time.Hour {
			t.Errorf("with no session, the loop wakes after %v", wait)
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
		if err := w.learn(t.Context(), base()); err != nil {
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

// TestNothingIsRenewedThatWouldAsk: a role that is assumed with the key itself
// is left to end while reading the key would ask.
func TestNothingIsRenewedThatWouldAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.options.Keep = func(string, bool) bool { return true }
		defer running(t, w)()
		direct := role("direct")
		direct.Plan.Steps = append(direct.Plan.Steps[:1:1], direct.Plan.Steps[2])
		if _, err := w.Get(t.Context(), direct, 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		w.keychain.close(true)
		if w.Renews(direct) {
			t.Error("it is said to renew by itself")
		}
		time.Sleep(59*time.Minute + 30*time.Second)
		if w.keychain.reads != 1 {
			t.Errorf("the key was read %d times", w.keychain.reads)
		}
		w.keychain.close(false)
		if !w.Renews(direct) {
			t.Error("it does not renew once the keychain is open")
		}
	})
}

// TestAnEditEndsTheRenewalOfTheOldConfig: what no profile describes any more is
// renewed no more, though the profile of that name is pinned.
func TestAnEditEndsTheRenewalOfTheOldConfig(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.options.Keep = func(string, bool) bool { return true }
		defer running(t, w)()
		edited := role("prod")
		edited.Plan.Steps[2].RoleSessionName = "ann"
		for _, prepared := range []*Prepared{role("prod"), role("deleted"), edited} {
			if _, err := w.Get(t.Context(), prepared, 0, caller("aws")); err != nil {
				t.Fatal(err)
			}
		}
		w.FollowOnly([]*Prepared{edited, base()}, func(*Prepared) *Prepared { return nil })
		time.Sleep(6*time.Hour + 30*time.Minute)
		if n := w.aws.count(plan.Role); n > 3+9 {
			t.Errorf("%d calls in 6 hours for one role", n)
		}
		if _, ok := w.Find(edited, 2); !ok {
			t.Error("the edited profile is not renewed")
		}
		if _, ok := w.Find(role("prod"), 2); ok {
			t.Error("the old one is")
		}
	})
}

// A session renews by itself when it could be had unasked and is wanted: neither
// one that nobody uses nor one that the person does not want kept.
func TestWhatIsNotKeptDoesNotRenewByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		if !w.Renews(role("prod")) {
			t.Error("a session in use does not renew by itself")
		}
		w.options.Keep = func(string, bool) bool { return false }
		if w.Renews(role("prod")) {
			t.Error("a session renews by itself that is not to be kept")
		}
		w.options.Keep = func(_ string, inUse bool) bool { return inUse }
		e := w.entryLocked(role("prod"), 2)
		e.Used = e.Used.Add(-2 * time.Hour)
		if w.Renews(role("prod")) {
			t.Error("a session renews by itself that nobody has used for its lifetime")
		}
	})
}
