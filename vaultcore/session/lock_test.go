package session

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

func TestLockForgetsAndEndsWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		failed := make(chan error, 1)
		other := base()
		other.Plan.Steps[1].Duration = time.Hour // another session, which asks
		go func() {
			_, err := w.Get(t.Context(), other, 0, caller("aws"))
			failed <- err
		}()
		synctest.Wait()
		w.Lock()
		if err := <-failed; !errors.Is(err, vaultcore.ErrLocked) {
			t.Errorf("who waited got %v", err)
		}
		if _, known := w.keyID(base()); known || w.Count() != 0 || w.person.closed != 1 {
			t.Errorf("after the lock: key known %v, %d sessions, %d questions closed", known, w.Count(), w.person.closed)
		}
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil || len(w.person.asked) != 2 {
			t.Errorf("after unlocking: %v, asked %d", err, len(w.person.asked))
		}
	})
}

func TestRenewReplacesWhatEndsSoon(t *testing.T) {
	for _, test := range []struct {
		name        string
		age         time.Duration
		asked, base int
	}{
		{"early: the role alone", time.Hour, 1, 1},
		{"near the end of the session below: both", 7*time.Hour + 30*time.Minute, 2, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t.Context(), t)
				w.person.codes = []string{"111111", "222222"}
				if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(test.age)
				before := w.aws.count(plan.Role)
				if err := w.Renew(t.Context(), role("prod"), caller("aws")); err != nil {
					t.Fatal(err)
				}
				s, ok := w.Find(role("prod"), 2)
				if left := time.Until(s.Expires); !ok || left < 59*time.Minute || w.aws.count(plan.Role) != before+1 {
					t.Errorf("the role has %v left", left)
				}
				if len(w.person.asked) != test.asked || w.aws.count(plan.Session) != test.base {
					t.Errorf("asked %d times, %d sessions below", len(w.person.asked), w.aws.count(plan.Session))
				}
			})
		})
	}
}

// disowned is a refusal of the session that was used, as package sts
// returns it.
type disowned struct{ error }

func (disowned) SourceDead() bool { return true }

func TestADeadSourceIsReplacedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.person.codes = []string{"111111", "222222"}
		if _, err := w.Get(t.Context(), base(), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		w.aws.dead = map[string]error{"ASIA1": disowned{vaultcore.Faultf(vaultcore.ErrRefused, "the session has ended")}}
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Errorf("a revoked source session is not replaced: %v", err)
		}
		if len(w.person.asked) != 2 || w.aws.count(plan.Role) != 2 {
			t.Errorf("asked %d times, assumed %d times", len(w.person.asked), w.aws.count(plan.Role))
		}
	})
}
