package session

import (
	"context"
	"errors"
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
		w.mu.Lock()
		left := w.flights.WorkLocked(role("prod").flightKey(role("prod").last()))
		w.mu.Unlock()
		if w.person.closed != 1 || left != nil {
			t.Errorf("closed %d questions, a flight is left: %v", w.person.closed, left != nil)
		}
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Errorf("who comes after: %v", err)
		}
	})
}

func TestWhenASessionIsHandedOutAgain(t *testing.T) {
	hour := role("prod")
	for _, test := range []struct {
		name     string
		prepared *Prepared
		wait     time.Duration
		minTTL   time.Duration
		fresh    bool
		asked    int
		offline  bool
	}{
		{name: "young", prepared: hour, wait: 44 * time.Minute},
		{name: "last quarter, no question", prepared: hour, wait: 46 * time.Minute, fresh: true},
		{name: "last quarter, AWS is down", prepared: hour, wait: 46 * time.Minute, offline: true},
		{name: "ended", prepared: hour, wait: 2 * time.Hour, fresh: true},
		{name: "demands more than is left", prepared: hour, wait: 30 * time.Minute, minTTL: 40 * time.Minute, fresh: true},
		{name: "demands less than is left", prepared: hour, wait: 30 * time.Minute, minTTL: 20 * time.Minute},
		{name: "demands more than there can be", prepared: hour, wait: time.Second, minTTL: 3 * time.Hour},
		{name: "MFA session, last minutes, would ask", prepared: base(), wait: 7*time.Hour + 50*time.Minute},
		{name: "MFA session, last breath", prepared: base(), wait: 8*time.Hour - 30*time.Second, fresh: true, asked: 1},
		{name: "MFA session, more demanded", prepared: base(), wait: 7 * time.Hour, minTTL: 2 * time.Hour, fresh: true, asked: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t.Context(), t)
				first, err := w.Get(t.Context(), test.prepared, 0, caller("aws"))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(test.wait)
				if test.offline {
					w.aws.fail(vaultcore.Faultf(vaultcore.ErrNoAnswer, "no network"))
				}
				w.person.codes = []string{"222222"}
				second, err := w.Get(t.Context(), test.prepared, test.minTTL, caller("aws"))
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
		if _, ok := w.keyID(base()); ok {
			t.Error("the key is still known")
		}
	})
}

func TestNoSessionReadsTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		prepared := base()
		prepared.Plan.Steps = prepared.Plan.Steps[:1]
		c, err := w.Get(t.Context(), prepared, 0, caller("aws"))
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

// TestAFirstStepThatIsNoKey: what signs in, or runs another program, is kept, saved
// and shared like any other session; what it says has no end is not.
func TestAFirstStepThatIsNoKey(t *testing.T) {
	const signIn plan.Kind = "sign-in"
	for _, test := range []struct {
		name  string
		ends  bool
		runs  int
		saved int
	}{{"with an end", true, 1, 2}, {"without one", false, 2, 1}} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t.Context(), t)
				source := &signIns{ends: test.ends}
				w.options.Sources[signIn] = source
				first := plan.Step{Kind: signIn, Profile: "corp"}
				alone := Prepare(plan.Plan{Profile: "corp", Steps: []plan.Step{first}})
				above := Prepare(plan.Plan{Profile: "prod", Steps: []plan.Step{first, role("prod").Plan.Steps[2]}})
				for _, prepared := range []*Prepared{above, alone} {
					if _, err := w.Get(t.Context(), prepared, 0, caller("aws")); err != nil {
						t.Fatal(err)
					}
				}
				if source.runs != test.runs || len(w.keychain.items) != test.saved || w.Renews(above) != test.ends {
					t.Errorf("%d runs, %d saved, the role renews %v", source.runs, len(w.keychain.items), w.Renews(above))
				}
				source.asks = true
				if _, ok := w.Find(alone, 0); ok != test.ends || w.Renews(alone) {
					t.Errorf("found %v, renews though it asks: %v", ok, w.Renews(alone))
				}
			})
		})
	}
}

// signIns is a source that needs no step before.
type signIns struct {
	ends, asks bool
	runs       int
}

func (s *signIns) ID(plan.Step) (string, bool) { return "", true }
func (s *signIns) Asks(plan.Step) bool         { return s.asks || !s.ends }

func (s *signIns) Run(context.Context, plan.Step, vaultcore.Credentials) (vaultcore.Credentials, error) {
	s.runs++
	c := vaultcore.Credentials{AccessKeyID: "ASIASIGNIN", SecretAccessKey: vaultcore.NewSecret("canary-secret")}
	if s.ends {
		c.SessionToken, c.Expires = vaultcore.NewSecret("canary-token"), time.Now().Add(8*time.Hour)
	}
	return c, nil
}
