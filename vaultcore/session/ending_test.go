package session

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// TestEndingReachesWhatIsUnderWay: a session that is ended while its question
// is open is not made of the answer.
func TestEndingReachesWhatIsUnderWay(t *testing.T) {
	for _, test := range []struct {
		name     string
		prepared *Prepared
		end      func(t *testing.T, w *world) error
		spare    bool // the flight goes on
	}{
		{name: "the key is removed", prepared: role("prod"), end: func(t *testing.T, w *world) error { _, err := w.Forget(t.Context(), "base"); return err }},
		{name: "another key is removed", prepared: role("prod"), spare: true, end: func(t *testing.T, w *world) error { _, err := w.Forget(t.Context(), "other"); return err }},
		{name: "all are ended", prepared: role("prod"), end: func(t *testing.T, w *world) error { _, err := w.EndAll(t.Context()); return err }},
		{name: "this one is ended", prepared: base(), end: func(t *testing.T, w *world) error { _, err := w.end(t, base()); return err }},
		{name: "what it is waited for is ended", prepared: role("prod"), end: func(t *testing.T, w *world) error { _, err := w.end(t, base()); return err }},
		{name: "another one is ended", prepared: role("prod"), spare: true, end: func(t *testing.T, w *world) error { _, err := w.end(t, role("x")); return err }},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t.Context(), t)
				got := make(chan error, 1)
				go func() {
					_, err := w.Get(t.Context(), test.prepared, 0, caller("terraform"))
					got <- err
				}()
				synctest.Wait()
				if err := test.end(t, w); err != nil {
					t.Fatal(err)
				}
				err := <-got
				synctest.Wait()
				if test.spare {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if !errors.Is(err, vaultcore.ErrCanceled) || vaultcore.Hint(err) == "" {
					t.Errorf("who waited got %v", err)
				}
				if w.person.closed != 1 || len(w.aws.calls) != 0 || w.Count() != 0 || len(w.keychain.items) != 0 {
					t.Errorf("closed %d questions; AWS was asked %v; %d sessions, %d saved", w.person.closed, w.aws.calls, w.Count(), len(w.keychain.items))
				}
			})
		})
	}
}

func TestEndAllNeedsNoPassphraseAndRemovesWhatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		w.restart(t.Context())
		w.keychain.items["00112233"] = []byte("not what was written")
		w.keychain.err = vaultcore.Faultf(vaultcore.ErrLocked, "reading would ask")
		n, err := w.EndAll(t.Context())
		if n != 3 || err != nil || len(w.keychain.items) != 0 {
			t.Errorf("ended %d, %v; %d are left", n, err, len(w.keychain.items))
		}
		w.keychain.err = nil
		if err := w.Load(t.Context()); err != nil || w.Count() != 0 {
			t.Errorf("%v; %d came back", err, w.Count())
		}
	})
}

func TestEndedSessionsAreClearedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		defer running(t, w)()
		for i := range 50 {
			prepared := role("prod")
			prepared.Plan.Steps[2].Duration = time.Hour + time.Duration(i)*time.Minute
			if _, err := w.Get(t.Context(), prepared, 0, caller("aws")); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(48 * time.Hour)
		w.person.codes = []string{"222222"}
		if _, err := w.Get(t.Context(), base(), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(w.sessions) != 1 || len(w.keychain.items) != 1 {
			t.Errorf("%d sessions in memory, %d in the keychain", len(w.sessions), len(w.keychain.items))
		}
	})
}

func TestADeadSourceIsReplacedThoughTheKeychainCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.person.codes = []string{"111111", "222222"}
		if _, err := w.Get(t.Context(), base(), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		w.keychain.full = true
		w.aws.dead = map[string]error{"ASIA1": disowned{vaultcore.Faultf(vaultcore.ErrRefused, "the session has ended")}}
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Errorf("a read-only disk fails the request: %v", err)
		}
	})
}

// TestASlowKeychainHoldsUpOneAlone: while a session is being written it is
// served, and a lock meanwhile takes it back from who still waits.
func TestASlowKeychainHoldsUpOneAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.keychain.slow = 2 * time.Minute
		got := make(chan error, 1)
		go func() {
			_, err := w.Get(t.Context(), base(), 0, caller("aws"))
			got <- err
		}()
		time.Sleep(3 * time.Minute) // its key is found after 2 minutes, the code is typed, AWS has answered
		start := time.Now()
		if _, err := w.Get(t.Context(), base(), 0, caller("terraform")); err != nil || time.Since(start) > 0 {
			t.Errorf("served after %v: %v", time.Since(start), err)
		}
		w.Lock()
		if err := <-got; !errors.Is(err, vaultcore.ErrLocked) {
			t.Errorf("who waited through a lock got %v", err)
		}
	})
}

// TestALockedKeychainTakesSessionsLater: saving asks nobody.
func TestALockedKeychainTakesSessionsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.keychain.shut = true
		for i := range 3 {
			if _, err := w.Get(t.Context(), role(fmt.Sprint(i)), 0, caller("aws")); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.keychain.items) != 0 || w.log.Len() > 0 {
			t.Errorf("%d saved; log: %s", len(w.keychain.items), w.log)
		}
		w.keychain.shut = false
		if _, err := w.Get(t.Context(), role("next"), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		if n := len(w.keychain.items); n != 5 || w.aws.count(plan.Session) != 1 {
			t.Errorf("%d of 5 saved", n)
		}
	})
}
