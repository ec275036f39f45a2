package app

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

func stopped(f *testkit.FakeService) bool {
	calls := f.Calls()
	return calls[len(calls)-1].Op == "stop"
}

func TestAnAppWithADesktopStays(t *testing.T) {
	f := &testkit.FakeService{About: agent.Status{Desktop: true}}
	if _, err := dismiss(t.Context(), f); !errors.Is(err, socket.ErrRunning) || stopped(f) {
		t.Errorf("%v; told to stop: %v", err, stopped(f))
	}
}

func TestTheOneThatComesIsLockedAsWell(t *testing.T) {
	f := &testkit.FakeService{Errors: map[string]error{"snapshot": vaultcore.ErrLocked}}
	if locked, err := dismiss(t.Context(), f); err != nil || !locked || !stopped(f) {
		t.Errorf("%v, %v; told to stop: %v", locked, err, stopped(f))
	}
}

func TestAQuestionIsAnsweredBeforeTheAppGoes(t *testing.T) {
	for _, c := range []struct {
		answered, want time.Duration
	}{{time.Minute, time.Minute}, {time.Hour, answerTime}} {
		synctest.Test(t, func(t *testing.T) {
			changes := make(chan struct{}, 1)
			f := &testkit.FakeService{Changes: changes, State: vaultcore.Snapshot{Asking: []vaultcore.Question{{}}}}
			time.AfterFunc(c.answered, func() {
				f.Update(func() { f.State.Asking = nil })
				changes <- struct{}{}
			})
			began := time.Now()
			locked, err := dismiss(t.Context(), f)
			if waited := time.Since(began); err != nil || locked || waited != c.want || !stopped(f) {
				t.Errorf("%v, %v after %v, want %v", locked, err, waited, c.want)
			}
		})
	}
}
