package session

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

func TestManyCallersOneQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		var all sync.WaitGroup
		var mu sync.Mutex
		got := make(map[string]int)
		for i := range 200 {
			name := []string{"prod", "staging"}[i%2]
			all.Go(func() {
				c, err := w.Get(t.Context(), role(name), 0, caller("aws"))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				got[c.AccessKeyID]++
			})
		}
		all.Wait()
		if len(got) != 2 || len(w.person.asked) != 1 || w.aws.count(plan.Session) != 1 || w.aws.count(plan.Role) != 2 || w.keychain.reads != 1 {
			t.Errorf("answers %v, questions %d, calls %v, keychain reads %d", got, len(w.person.asked), w.aws.calls, w.keychain.reads)
		}
		if w.person.waited != 200 {
			t.Errorf("the question knew of %d who wait", w.person.waited)
		}
	})
}

func TestWhoLeavesFailsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		leaving, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 199 {
			all.Go(func() {
				if _, err := w.Get(leaving, role("prod"), 0, caller("aws")); !errors.Is(err, context.Canceled) {
					t.Errorf("one who left got %v", err)
				}
			})
		}
		all.Go(func() {
			if _, err := w.Get(t.Context(), role("prod"), 0, caller("terraform")); err != nil {
				t.Errorf("the one who stayed got %v", err)
			}
		})
		synctest.Wait()
		leave()
		all.Wait()
		if len(w.person.asked) != 1 || w.person.closed != 0 {
			t.Errorf("asked %d, closed %d", len(w.person.asked), w.person.closed)
		}
	})
}

func TestLastOneLeavingClosesTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { _, _ = w.Get(ctx, role("prod"), 0, caller("aws")) })
		}
		synctest.Wait()
		cancel()
		all.Wait()
		synctest.Wait()
		if w.person.closed != 1 || len(w.flights) != 0 {
			t.Errorf("closed %d questions, %d flights are left", w.person.closed, len(w.flights))
		}
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Errorf("who comes after: %v", err)
		}
	})
}

func TestWhenASessionIsHandedOutAgain(t *testing.T) {
	hour := role("prod")
	for _, test := range []struct {
		name    string
		walk    *Walk
		wait    time.Duration
		minTTL  time.Duration
		fresh   bool
		asked   int
		offline bool
	}{
		{name: "young", walk: hour, wait: 44 * time.Minute},
		{name: "last quarter, no question", walk: hour, wait: 46 * time.Minute, fresh: true},
		{name: "last quarter, AWS is down", walk: hour, wait: 46 * time.Minute, offline: true},
		{name: "ended", walk: hour, wait: 2 * time.Hour, fresh: true},
		{name: "demands more than is left", walk: hour, wait: 30 * time.Minute, minTTL: 40 * time.Minute, fresh: true},
		{name: "demands less than is left", walk: hour, wait: 30 * time.Minute, minTTL: 20 * time.Minute},
		{name: "demands more than there can be", walk: hour, wait: time.Second, minTTL: 3 * time.Hour},
		{name: "MFA session, last minutes, would ask", walk: base(), wait: 7*time.Hour + 50*time.Minute},
		{name: "MFA session, last breath", walk: base(), wait: 8*time.Hour - 30*time.Second, fresh: true, asked: 1},
		{name: "MFA session, more demanded", walk: base(), wait: 7 * time.Hour, minTTL: 2 * time.Hour, fresh: true, asked: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t.Context(), t)
				first, err := w.Get(t.Context(), test.walk, 0, caller("aws"))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(test.wait)
				if test.offline {
					w.aws.fail(vaultcore.Faultf(vaultcore.ErrNoAnswer, "no network"))
				}
				w.person.codes = []string{"222222"}
				second, err := w.Get(t.Context(), test.walk, test.minTTL, caller("aws"))
				if err != nil {
					t.Fatal(err)
				}
				if fresh := second.AccessKeyID != first.AccessKeyID; fresh != test.fresh {
					t.Errorf("a fresh session: %v", fresh)
				}
				if asked := len(w.person.asked) - 1; asked != test.asked {
					t.Errorf("asked %d times more", asked)
				}
			})
		})
	}
}

func TestNothingEndedIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		w.aws.fail(vaultcore.Faultf(vaultcore.ErrNoAnswer, "no network"))
		time.Sleep(59*time.Minute + 30*time.Second)
		if c, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); !errors.Is(err, vaultcore.ErrNoAnswer) {
			t.Errorf("got %v, %v", c, err)
		}
	})
}

func TestCodes(t *testing.T) {
	for _, test := range []struct {
		name   string
		typed  []string
		err    error
		asked  int
		calls  int
		notice string
	}{
		{name: "right", typed: []string{"111111"}, asked: 1, calls: 1},
		{name: "wrong, then right", typed: []string{"999999", "111111"}, asked: 2, calls: 2, notice: "AWS refused that code. Try the next one."},
		{name: "wrong three times", typed: []string{"999997", "999998", "999999"}, err: vaultcore.ErrWrongCode, asked: 3, calls: 3},
		{name: "the same again is not sent", typed: []string{"999999", "999999", "111111"}, asked: 3, calls: 2, notice: "That code was used already. Wait for the next one."},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t.Context(), t)
				w.aws.codes = map[string]bool{"111111": true}
				w.person.codes = test.typed
				_, err := w.Get(t.Context(), base(), 0, caller("aws"))
				if !errors.Is(err, test.err) || len(w.person.asked) != test.asked || len(w.aws.calls) != test.calls {
					t.Errorf("%v, asked %d, calls %d", err, len(w.person.asked), len(w.aws.calls))
				}
				if last := w.person.asked[len(w.person.asked)-1]; test.notice != "" && last.Notice != test.notice {
					t.Errorf("notice %q", last.Notice)
				}
			})
		})
	}
}

func TestSecondNeedOfACodeIsToldToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.person.codes = []string{"111111", "222222"}
		other := role("other")
		other.Plan.Steps = append(other.Plan.Steps[:1:1], other.Plan.Steps[2])
		other.Plan.Steps[1].MFASerial = device
		for _, walk := range []*Walk{base(), other} {
			if _, err := w.Get(t.Context(), walk, 0, caller("aws")); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.person.asked[1].Notice; !strings.HasPrefix(got, "The last code is used up. The next one comes in ") || w.person.asked[1].Again {
			t.Errorf("notice %q", got)
		}
	})
}

func TestRestartAsksForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		first, err := w.Get(t.Context(), role("prod"), 0, caller("aws"))
		if err != nil {
			t.Fatal(err)
		}
		w.restart(t.Context())
		second, err := w.Get(t.Context(), role("prod"), 0, caller("aws"))
		if err != nil || second.AccessKeyID != first.AccessKeyID || second.SessionToken.Reveal() != "canary-token" {
			t.Errorf("%v, %v", second, err)
		}
		time.Sleep(2 * time.Hour)
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		if len(w.person.asked) != 1 {
			t.Errorf("asked %d times", len(w.person.asked))
		}
		w.restart(t.Context())
		time.Sleep(10 * time.Hour)
		if err := w.Load(t.Context()); err != nil || len(w.keychain.items) != 0 {
			t.Errorf("%v; %d ended sessions are left in the keychain", err, len(w.keychain.items))
		}
	})
}

func TestUnreadableSavedSessionsAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		for id, data := range map[string]string{
			"json": "{", "version": `{"v":9}`, "noend": `{"v":1,"id":"ASIA","secret":"x","token":"y"}`, "empty": "",
		} {
			w.keychain.items[id] = []byte(data)
		}
		if err := w.Load(t.Context()); err != nil || len(w.keychain.items) != 0 || w.Count() != 0 {
			t.Errorf("%v, %d items, %d sessions", err, len(w.keychain.items), w.Count())
		}
	})
}

func TestLockedKeychainIsNotAMiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.keychain.err = vaultcore.Faultf(vaultcore.ErrLocked, "locked")
		if _, err := w.Get(t.Context(), base(), 0, caller("aws")); !errors.Is(err, vaultcore.ErrLocked) || len(w.person.asked) != 0 {
			t.Errorf("%v, asked %d", err, len(w.person.asked))
		}
	})
}

func TestFullDiskKeepsTheSessionInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.keychain.full = true
		for range 2 {
			if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.person.asked) != 1 || !strings.Contains(w.log.String(), "could not be saved") || strings.Contains(w.log.String(), "canary") {
			t.Errorf("asked %d; log: %s", len(w.person.asked), w.log)
		}
	})
}

func TestRefusalsAreSharedForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.aws.fail(vaultcore.Faultf(vaultcore.ErrRefused, "no"))
		for range 50 {
			if _, err := w.Get(t.Context(), base(), 0, caller("aws")); !errors.Is(err, vaultcore.ErrRefused) {
				t.Fatal(err)
			}
		}
		if n := len(w.aws.calls); n != 1 {
			t.Errorf("%d calls for a storm of 50", n)
		}
		w.aws.fail(nil)
		w.person.codes = []string{"222222"}
		time.Sleep(failureLife)
		if _, err := w.Get(t.Context(), base(), 0, caller("aws")); err != nil {
			t.Error(err)
		}
	})
}

func TestEndAndForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		if ended, err := w.end(t, role("prod")); ended != 1 || err != nil || w.Count() != 1 {
			t.Errorf("ended %v, %v; %d live", ended, err, w.Count())
		}
		if _, ok := w.Find(base(), 1); !ok {
			t.Error("the session below ended with the role's")
		}
		if n, err := w.Forget(t.Context(), "base"); n != 1 || err != nil || len(w.keychain.items) != 0 {
			t.Errorf("forgot %d, %v; %d items are left", n, err, len(w.keychain.items))
		}
		if _, ok := w.KeyID("base"); ok {
			t.Error("the key is still known")
		}
	})
}

func TestNoSessionReadsTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		walk := base()
		walk.Plan.Steps = walk.Plan.Steps[:1]
		c, err := w.Get(t.Context(), walk, 0, caller("aws"))
		if err != nil || !c.LongTerm() || len(w.aws.calls) != 0 {
			t.Errorf("%v, %v, calls %v", c, err, w.aws.calls)
		}
	})
}

// TestAPanicFailsOneFlight: the app goes on, and the log names no values.
func TestAPanicFailsOneFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.aws.broken = "canary"
		_, err := w.Get(t.Context(), base(), 0, caller("aws"))
		if err == nil || vaultcore.Hint(err) == "" || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v", err)
		}
		if log := w.log.String(); !strings.Contains(log, "panic=string") || !strings.Contains(log, ".Run:") || strings.Contains(log, "canary") {
			t.Errorf("log: %s", log)
		}
		w.aws.broken, w.person.codes = "", []string{"222222"}
		if _, err := w.Get(t.Context(), base(), 0, caller("aws")); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// unsentError is a failure before anything was sent, as package sts
// returns it.
type unsentError struct{ error }

func (unsentError) Unsent() bool    { return true }
func (e unsentError) Unwrap() error { return e.error }

func TestACodeThatWasNotSentIsStillGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.aws.fail(unsentError{vaultcore.Faultf(vaultcore.ErrNoAnswer, "no network")})
		if _, err := w.Get(t.Context(), base(), 0, caller("aws")); !errors.Is(err, vaultcore.ErrNoAnswer) {
			t.Fatal(err)
		}
		w.aws.fail(nil)
		time.Sleep(failureLife)
		if _, err := w.Get(t.Context(), base(), 0, caller("aws")); err != nil {
			t.Errorf("the same code, typed again: %v", err)
		}
		if len(w.person.asked) != 2 || w.person.asked[1].Notice != "" {
			t.Errorf("asked %d times, the last time with the notice %q", len(w.person.asked), w.person.asked[1].Notice)
		}
	})
}

// An mfa_process is not run yet: who is asked is told, and so is who finds that nobody
// can be asked.
func TestMFAProcessIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.person.err = vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "nobody").WithHint("run it in a terminal")
		p := base().Plan
		p.Steps = slices.Clone(p.Steps)
		p.Steps[1].MFAProcess = "bastion"
		_, err := w.Get(t.Context(), NewWalk(p), 0, caller("aws"))
		if hint := vaultcore.Hint(err); !errors.Is(err, vaultcore.ErrNobodyToAsk) || !strings.HasPrefix(hint, "run it in a terminal\n") || !strings.Contains(hint, "mfa_process of bastion") {
			t.Errorf("%v (%s)", err, hint)
		}
		if notice := w.person.asked[0].Notice; !strings.Contains(notice, "mfa_process of bastion") {
			t.Errorf("notice %q", notice)
		}
	})
}
