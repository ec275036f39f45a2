package ui

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// board is a notification service that keeps what it was shown.
type board struct {
	mu     sync.Mutex // guards what follows
	shown  []string   // titles, in order
	taken  []string   // keys that were withdrawn
	chosen func(string)
	failed []string // what the person was told did not work
	err    error
}

func (b *board) mourn(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed = append(b.failed, text)
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

func (b *board) Notify(_ context.Context, n notify.Notice, chosen func(string)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	b.shown, b.chosen = append(b.shown, n.Title), chosen
	return nil
}

func (b *board) Close() {}

func (b *board) Withdraw(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken = append(b.taken, key)
	return nil
}

func reminding(t *testing.T, f *testkit.FakeService, b *board) { remindingBehind(t, f, b, nil) }

// remindingBehind is reminding with a dialog that has the keyboard or not.
func remindingBehind(t *testing.T, f *testkit.FakeService, b *board, focused *atomic.Bool) {
	actions := NewActions(&Screen{notifier: b, log: slog.New(slog.NewTextHandler(io.Discard, nil))}, f, nil, "")
	actions.failed = func(_ context.Context, doing, _ string, err error) { b.mourn(doing + ": " + err.Error()) }
	r := actions.NewReminders()
	r.focused = func(context.Context) bool { return focused != nil && focused.Load() }
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
}

func lead(profiles ...vaultcore.ProfileState) vaultcore.Snapshot {
	return vaultcore.Snapshot{Profiles: profiles, Settings: map[string]string{"notify_lead": "10m"}}
}

func living(name, source string, left time.Duration, renews bool) vaultcore.ProfileState {
	end := time.Now().Add(left)
	return vaultcore.ProfileState{Name: name, Source: source, MFA: "device", Expires: end, Renews: renews, State: vaultcore.StateActive,
		Sessions: []vaultcore.SessionState{{Expires: end}}}
}

func TestOneNoticeBeforeASessionThatNeedsACodeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &testkit.FakeService{State: lead(living("bastion", "bastion", 8*time.Hour, false), living("prod", "bastion", time.Hour, true))}
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
		if want := []string{"bastion needs a code in 10 min"}; !slices.Equal(b.told(), want) {
			t.Errorf("told %q, want %q", b.told(), want)
		}
		b.chosen(notify.ActionRenew)
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
		f := &testkit.FakeService{State: lead(failing)}
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
		reminding(t, &testkit.FakeService{State: snapshot}, b)
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

// Whoever sits before the dialog is not told that it is there, until they turn
// away.
func TestAQuestionThatIsSeenIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		snapshot := lead()
		snapshot.Asking = []vaultcore.Question{{Kind: vaultcore.AskMFA, Profile: "bastion", Device: "d", Waiting: []vaultcore.Caller{{Program: "terraform"}}}}
		b, focused := &board{}, new(atomic.Bool)
		focused.Store(true)
		remindingBehind(t, &testkit.FakeService{State: snapshot}, b, focused)
		time.Sleep(5 * time.Minute)
		if len(b.told()) != 0 {
			t.Errorf("told %q of a dialog that has the keyboard", b.told())
		}
		focused.Store(false)
		time.Sleep(unseen + time.Second)
		if !slices.Equal(b.told(), []string{"terraform waits for a code"}) {
			t.Errorf("told %q", b.told())
		}
	})
}

func TestASessionThatIsNotRenewedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alone := living("plain", "plain", 5*time.Minute, false)
		alone.MFA = ""
		f := &testkit.FakeService{State: lead(living("bastion", "bastion", 8*time.Hour, false), living("prod", "bastion", 5*time.Minute, false), alone)}
		b := &board{}
		reminding(t, f, b)
		synctest.Wait()
		if !slices.Equal(b.told(), []string{"prod ends in 5 min", "plain ends in 5 min"}) {
			t.Errorf("told %q", b.told())
		}
	})
}

// A look that fails is not the last one.
func TestAFailedLookIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &testkit.FakeService{
			State:  lead(living("bastion", "bastion", 5*time.Minute, false)),
			Errors: map[string]error{"snapshot": errors.New("the keychain is slow")},
		}
		b := &board{}
		reminding(t, f, b)
		synctest.Wait()
		f.Update(func() { f.Errors = nil })
		time.Sleep(lookAgain + time.Second)
		if len(b.told()) != 1 {
			t.Errorf("told %q", b.told())
		}
	})
}

// The timers of a suspended machine stand still: the clock is looked at often
// enough, and not more often than a machine at rest bears.
func TestTheClockIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &testkit.FakeService{State: lead(living("bastion", "bastion", 8*time.Hour, false))}
		reminding(t, f, &board{})
		time.Sleep(time.Hour)
		looks := 0
		for _, c := range f.Calls() {
			if c.Op == "snapshot" {
				looks++
			}
		}
		if looks < 12 || looks > 14 {
			t.Errorf("%d looks in an hour", looks)
		}
	})
}

func TestWhatWasChosenInANoticeAndFailedIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &testkit.FakeService{
			State:  lead(living("bastion", "bastion", 5*time.Minute, false)),
			Errors: map[string]error{"renew": vaultcore.ErrCanceled},
		}
		b := &board{}
		reminding(t, f, b)
		synctest.Wait()
		b.chosen(notify.ActionRenew)
		f.Update(func() { f.Errors["renew"] = vaultcore.ErrRefused })
		b.chosen(notify.ActionRenew)
		if !slices.Equal(b.failed, []string{"renew the session of bastion: refused by AWS"}) {
			t.Errorf("told of failures: %q", b.failed)
		}
	})
}

func TestWithoutANotificationServiceItGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{err: errors.New("no service")}
		changes := make(chan struct{})
		reminding(t, &testkit.FakeService{State: lead(living("bastion", "bastion", 5*time.Minute, false)), Changes: changes}, b)
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
