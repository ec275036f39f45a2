package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/vaulttest"
)

// board is a notification service that keeps what it was shown.
type board struct {
	mu     sync.Mutex // guards what follows
	shown  []string   // titles, in order
	taken  []string   // keys that were withdrawn
	chosen func(string)
	err    error
}

func (b *board) told() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.shown)
}

func (b *board) withdrawn() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.taken)
}

func (b *board) Notify(_ context.Context, n desktop.Notice, chosen func(string)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	b.shown, b.chosen = append(b.shown, n.Title), chosen
	return nil
}

func (b *board) Withdraw(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken = append(b.taken, key)
	return nil
}

func reminding(t *testing.T, f *vaulttest.FakeService, b *board) {
	r := newReminders(f, b, func(context.Context) error { return nil }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
}

func lead(profiles ...vaultcore.ProfileState) vaultcore.Snapshot {
	return vaultcore.Snapshot{Profiles: profiles, Settings: map[string]string{"notify_lead": "10m"}}
}

func living(name, source string, left time.Duration, renews bool) vaultcore.ProfileState {
	end := time.Now().Add(left)
	return vaultcore.ProfileState{Name: name, Source: source, Expires: end, Renews: renews, State: vaultcore.StateActive,
		Sessions: []vaultcore.SessionState{{Expires: end}}}
}

func TestOneNoticeBeforeASessionThatNeedsACodeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &vaulttest.FakeService{State: lead(living("bastion", "bastion", 8*time.Hour, false), living("prod", "bastion", time.Hour, true))}
		b := &board{}
		changes := make(chan struct{})
		f.Changes = changes
		reminding(t, f, b)
		time.Sleep(7*time.Hour + 49*time.Minute)
		if len(b.told()) != 0 {
			t.Fatalf("told too early: %q", b.told())
		}
		time.Sleep(2 * time.Minute)
		for range 5 {
			changes <- struct{}{}
			time.Sleep(time.Minute)
		}
		if want := []string{"bastion needs a code in 10 min"}; !slices.Equal(b.told(), want) && !slices.Equal(b.told(), []string{"bastion needs a code in 9 min"}) {
			t.Errorf("told %q, want %q", b.told(), want)
		}
		b.chosen(desktop.ActionRenew)
		calls := f.Calls()
		if last := calls[len(calls)-1]; last.Op != "renew" {
			t.Errorf("the button does %s", last.Op)
		}
		f.Update(func() { f.State = lead(living("bastion", "bastion", 8*time.Hour, false)) })
		changes <- struct{}{}
		synctest.Wait()
		if len(b.withdrawn()) != 1 {
			t.Errorf("after the renewal: withdrawn %q", b.withdrawn())
		}
		time.Sleep(8 * time.Hour)
		if len(b.told()) != 2 {
			t.Errorf("the next session: told %q", b.told())
		}
	})
}

func TestAFailingRenewalIsToldOnceAndTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := living("prod", "bastion", 20*time.Minute, true)
		failing.Err = "no network"
		f := &vaulttest.FakeService{State: lead(failing)}
		b, changes := &board{}, make(chan struct{})
		f.Changes = changes
		reminding(t, f, b)
		for range 3 {
			changes <- struct{}{}
			time.Sleep(time.Minute)
		}
		if !slices.Equal(b.told(), []string{"prod could not be renewed"}) {
			t.Errorf("told %q", b.told())
		}
		f.Update(func() { f.State = lead(living("prod", "bastion", time.Hour, true)) })
		changes <- struct{}{}
		synctest.Wait()
		if !slices.Equal(b.withdrawn(), []string{"failed prod"}) {
			t.Errorf("withdrawn %q", b.withdrawn())
		}
	})
}

func TestAQuestionThatNobodySeesIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		snapshot := lead()
		snapshot.Asking = []vaultcore.Question{{Kind: vaultcore.AskMFA, Profile: "bastion", Device: "d", Waiting: []vaultcore.Caller{{Program: "terraform"}}}}
		b := &board{}
		reminding(t, &vaulttest.FakeService{State: snapshot}, b)
		time.Sleep(19 * time.Second)
		if len(b.told()) != 0 {
			t.Errorf("told %q after 19 s", b.told())
		}
		time.Sleep(time.Hour)
		if !slices.Equal(b.told(), []string{"terraform waits for a code"}) {
			t.Errorf("told %q", b.told())
		}
	})
}

func TestWithoutANotificationServiceItGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{err: errors.New("no service")}
		changes := make(chan struct{})
		reminding(t, &vaulttest.FakeService{State: lead(living("bastion", "bastion", 5*time.Minute, false)), Changes: changes}, b)
		changes <- struct{}{}
		synctest.Wait()
		b.mu.Lock()
		b.err = nil
		b.mu.Unlock()
		changes <- struct{}{}
		synctest.Wait()
		if len(b.told()) != 1 {
			t.Errorf("told %q", b.told())
		}
	})
}
