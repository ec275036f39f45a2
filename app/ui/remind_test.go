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
	"github.com/vaultbar/vaultbar/app/desktop/sessionwatch"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// recorder is a notification service that keeps what it was shown.
type recorder struct {
	mu     sync.Mutex // guards what follows
	shown  []string   // titles, in order
	taken  []string   // keys that were withdrawn
	chosen func(string)
	failed []string // what the person was told did not work
	err    error
}

func (b *recorder) mourn(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed = append(b.failed, text)
}

func (b *recorder) titles() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.shown)
}

func (b *recorder) withdrawn() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.taken)
}

func (b *recorder) Notify(_ context.Context, n notify.Notice, chosen func(string)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	b.shown, b.chosen = append(b.shown, n.Title), chosen
	return nil
}

func (b *recorder) Close() {}

func (b *recorder) Withdraw(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken = append(b.taken, key)
	return nil
}

func reminding(t *testing.T, f *testkit.FakeService, b *recorder) { remindingBehind(t, f, b, nil) }

// remindingBehind is reminding with a dialog that has the keyboard or not.
func remindingBehind(t *testing.T, f *testkit.FakeService, b *recorder, focused *atomic.Bool) {
	actions := NewActions(&Desktop{notifier: b, watcher: new(sessionwatch.Watcher), log: slog.New(slog.NewTextHandler(io.Discard, nil))}, f, nil, "")
	actions.failed = func(_ context.Context, doing, _ string, err error) { b.mourn(doing + ": " + err.Error()) }
	r := actions.NewReminders("")
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
		b := &recorder{}
		changes := make(chan struct{})
		f.Changes = changes
		reminding(t, f, b)
		time.Sleep(7*time.Hour + 49*time.Minute)
		if len(b.titles()) != 0 {
			t.Fatalf("told too early: %q", b.titles())
		}
		time.Sleep(2 * time.Minute)
		for range 5 {
			changes <- struct{}{}
			time.Sleep(time.Minute)
		}
		if want := []string{"bastion needs a code in 10 min"}; !slices.Equal(b.titles(), want) {
			t.Errorf("told %q, want %q", b.titles(), want)
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
		if len(b.titles()) != 2 {
			t.Errorf("the next session: told %q", b.titles())
		}
	})
}

func TestAFailingRenewalIsToldOnceAndTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := living("prod", "bastion", 20*time.Minute, true)
		failing.Err = "no network"
		f := &testkit.FakeService{State: lead(failing)}
		b, changes := &recorder{}, make(chan struct{})
		f.Changes = changes
		reminding(t, f, b)
		for range 3 {
			changes <- struct{}{}
			time.Sleep(time.Minute)
		}
		if !slices.Equal(b.titles(), []string{"prod could not be renewed"}) {
			t.Errorf("told %q", b.titles())
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
		b := &recorder{}
		reminding(t, &testkit.FakeService{State: snapshot}, b)
		time.Sleep(19 * time.Second)
		if len(b.titles()) != 0 {
			t.Errorf("told %q after 19 s", b.titles())
		}
		time.Sleep(time.Hour)
		if !slices.Equal(b.titles(), []string{"terraform waits for a code"}) {
			t.Errorf("told %q", b.titles())
		}
	})
}

// Whoever sits before the dialog is not told that it is there, until they turn
// away.
func TestAQuestionThatIsSeenIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		snapshot := lead()
		snapshot.Asking = []vaultcore.Question{{Kind: vaultcore.AskMFA, Profile: "bastion", Device: "d", Waiting: []vaultcore.Caller{{Program: "terraform"}}}}
		b, focused := &recorder{}, new(atomic.Bool)
		focused.Store(true)
		remindingBehind(t, &testkit.FakeService{State: snapshot}, b, focused)
		time.Sleep(5 * time.Minute)
		if len(b.titles()) != 0 {
			t.Errorf("told %q of a dialog that has the keyboard", b.titles())
		}
		focused.Store(false)
		time.Sleep(unseen + time.Second)
		if !slices.Equal(b.titles(), []string{"terraform waits for a code"}) {
			t.Errorf("told %q", b.titles())
		}
	})
}

func TestASessionThatIsNotRenewedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alone := living("plain", "plain", 5*time.Minute, false)
		alone.MFA = ""
		f := &testkit.FakeService{State: lead(living("bastion", "bastion", 8*time.Hour, false), living("prod", "bastion", 5*time.Minute, false), alone)}
		b := &recorder{}
		reminding(t, f, b)
		synctest.Wait()
		if !slices.Equal(b.titles(), []string{"prod ends in 5 min", "plain ends in 5 min"}) {
			t.Errorf("told %q", b.titles())
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
		b := &recorder{}
		reminding(t, f, b)
		synctest.Wait()
		f.Update(func() { f.Errors = nil })
		time.Sleep(lookAgain + time.Second)
		if len(b.titles()) != 1 {
			t.Errorf("told %q", b.titles())
		}
	})
}

// The timers of a suspended machine stand still: the clock is looked at often
// enough, and not more often than a machine at rest bears.
func TestTheClockIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &testkit.FakeService{State: lead(living("bastion", "bastion", 8*time.Hour, false))}
		reminding(t, f, &recorder{})
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
		b := &recorder{}
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
		b := &recorder{err: errors.New("no service")}
		changes := make(chan struct{})
		reminding(t, &testkit.FakeService{State: lead(living("bastion", "bastion", 5*time.Minute, false)), Changes: changes}, b)
		changes <- struct{}{}
		synctest.Wait()
		b.mu.Lock()
		b.err = nil
		b.mu.Unlock()
		changes <- struct{}{}
		synctest.Wait()
		if len(b.titles()) != 1 {
			t.Errorf("told %q", b.titles())
		}
	})
}

// signedIn is a sign-in that profiles use, refreshed in the background until it ends.
func signedIn(left time.Duration) vaultcore.SignInState {
	return vaultcore.SignInState{
		Name: "corp", Kind: vaultcore.SSOSource, SignedIn: time.Now(), Expires: time.Now().Add(time.Hour), Renews: true, Ends: time.Now().Add(left),
	}
}

// of is a living session of that sign-in.
func of(name string, left time.Duration, renews bool) vaultcore.ProfileState {
	p := living(name, "", left, renews)
	p.SignInName, p.MFA = "corp", ""
	return p
}

// A sign-in that ends is told of once for all profiles that use it: not again when it
// has ended, nor when their sessions do.
func TestOneNoticeBeforeASignInEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &testkit.FakeService{State: lead(of("dev", 8*time.Hour, true), of("prod", 8*time.Hour, true))}
		f.State.SignIns = []vaultcore.SignInState{signedIn(8 * time.Hour)}
		b, changes := &recorder{}, make(chan struct{})
		f.Changes = changes
		reminding(t, f, b)
		time.Sleep(7*time.Hour + 49*time.Minute)
		if len(b.titles()) != 0 {
			t.Fatalf("told too early: %q", b.titles())
		}
		time.Sleep(10 * time.Minute)
		if want := []string{"corp needs a sign-in in about 10 min"}; !slices.Equal(b.titles(), want) {
			t.Fatalf("told %q, want %q", b.titles(), want)
		}
		time.Sleep(10 * time.Minute)
		f.Update(func() { // AWS has refused to refresh it
			f.State = lead(of("dev", 40*time.Minute, false), of("prod", 50*time.Minute, false))
			f.State.SignIns = []vaultcore.SignInState{{Name: "corp", Kind: vaultcore.SSOSource}}
		})
		changes <- struct{}{}
		time.Sleep(45 * time.Minute)
		if len(b.titles()) != 1 || len(b.withdrawn()) != 0 {
			t.Errorf("when it has ended: told %q, withdrawn %q", b.titles(), b.withdrawn())
		}
		f.Update(func() {
			f.State = lead(of("dev", time.Hour, true))
			f.State.SignIns = []vaultcore.SignInState{signedIn(8 * time.Hour)}
		})
		changes <- struct{}{}
		synctest.Wait()
		if !slices.Equal(b.withdrawn(), []string{"sign-in corp"}) {
			t.Errorf("after a new sign-in: withdrawn %q", b.withdrawn())
		}
	})
}

// What nobody uses ends untold; what ends before its time is told before the first
// session of it ends.
func TestSignInsThatAreNotToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := vaultcore.SignInState{Name: "corp"}
		unknown := signedIn(0)
		unknown.Ends = time.Time{}
		for name, c := range map[string]struct {
			in       vaultcore.SignInState
			profiles []vaultcore.ProfileState
			want     []string
		}{
			"nobody uses it":              {signedIn(5 * time.Minute), []vaultcore.ProfileState{{Name: "dev", SignInName: "corp"}, living("other", "", time.Hour, true)}, nil},
			"nobody knows its end":        {unknown, []vaultcore.ProfileState{of("dev", time.Hour, true)}, nil},
			"it lives on after its end":   {signedIn(-time.Minute), []vaultcore.ProfileState{of("dev", time.Hour, true)}, nil},
			"it has ended, they have not": {ended, []vaultcore.ProfileState{of("dev", time.Hour, false)}, nil},
			"they end with it":            {ended, []vaultcore.ProfileState{of("dev", 5*time.Minute, false), of("prod", 9*time.Minute, false)}, []string{"corp needs a sign-in in about 5 min"}},
			"a session is not renewed":    {signedIn(8 * time.Hour), []vaultcore.ProfileState{of("dev", 5*time.Minute, false)}, []string{"dev ends in 5 min"}},
		} {
			f := &testkit.FakeService{State: lead(c.profiles...)}
			f.State.SignIns = []vaultcore.SignInState{c.in}
			b := &recorder{}
			reminding(t, f, b)
			synctest.Wait()
			if !slices.Equal(b.titles(), c.want) {
				t.Errorf("%s: told %q, want %q", name, b.titles(), c.want)
			}
		}
	})
}

// A question whether to sign in that nobody sees is told with a button that signs in.
func TestAProgramThatWaitsForASignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := vaultcore.SignInApproval("corp", "Sign in to corp?", vaultcore.Choice{ID: "no", Label: "Not now"}, vaultcore.Choice{ID: "yes", Label: "Sign in"})
		q.Waiting = []vaultcore.Caller{{Program: "terraform"}}
		f := &testkit.FakeService{State: lead(), SignIns: map[string]agent.SignInResult{"corp": {Fresh: true}}}
		f.State.Asking = []vaultcore.Question{q}
		b := &recorder{}
		reminding(t, f, b)
		time.Sleep(unseen + time.Second)
		if !slices.Equal(b.titles(), []string{"terraform waits for a sign-in to corp"}) {
			t.Errorf("told %q", b.titles())
		}
		b.chosen(notify.ActionSignIn)
		last := f.Calls()[len(f.Calls())-1]
		if r, ok := last.Request.(agent.SignInRequest); !ok || r.Name != "corp" || r.Force || !r.Caller.Clicked {
			t.Errorf("the button does %+v", last)
		}
	})
}

// The button of that notice is a click: it signs in, and has what still lives ended
// first, since a sign-in that joins it would end with it.
func TestTheNoticeSignsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &testkit.FakeService{State: lead(of("dev", time.Hour, true)), SignIns: map[string]agent.SignInResult{"corp": {Fresh: true}}}
		f.State.SignIns = []vaultcore.SignInState{signedIn(5 * time.Minute)}
		b := &recorder{}
		reminding(t, f, b)
		synctest.Wait()
		b.chosen(notify.ActionLater)
		if calls := f.Calls(); slices.ContainsFunc(calls, func(c testkit.Call) bool { return c.Op == "signin" }) {
			t.Errorf("after Not now: %+v", calls)
		}
		b.chosen(notify.ActionSignIn)
		last := f.Calls()[len(f.Calls())-1]
		if r, ok := last.Request.(agent.SignInRequest); !ok || r.Name != "corp" || !r.Force || !r.Caller.Clicked {
			t.Errorf("the button does %+v", last)
		}
	})
}

// TestOldKeysAreRemindedOfQuietly: an old key is told of once a week, also over restarts of
// the app; a rotation that was left, too, and one that goes on by itself not at all.
func TestOldKeysAreRemindedOfQuietly(t *testing.T) {
	now := time.Now() // by the clock of the files, too
	key := func(name string, days time.Duration) vaultcore.KeptKey {
		return vaultcore.KeptKey{Name: name, AccessKey: vaultcore.AccessKey{Created: now.Add(-days * vaultcore.Day)}}
	}
	rotating := func(name, stuck string, begun time.Duration) vaultcore.Rotation {
		return vaultcore.Rotation{Names: []string{name}, Stage: vaultcore.RotationInactive, Stuck: stuck, Begun: now.Add(-begun)}
	}
	s := vaultcore.Snapshot{
		Settings: map[string]string{"key_age_warn": "90"}, Profiles: []vaultcore.ProfileState{{Name: "prod", Source: "old"}},
		KeptKeys: []vaultcore.KeptKey{key("old", 90), key("young", 89), key("stuck", 200), key("going", 200)},
		Rotating: []vaultcore.Rotation{rotating("stuck", "denied", time.Hour), rotating("going", "", time.Hour), rotating("now", "denied", time.Minute)},
	}
	titles := func(r *Reminders, s vaultcore.Snapshot, now time.Time) (all []string) {
		for _, d := range r.due(s, now).due {
			all = append(all, d.notice.Title)
			if d.does.Kind != menu.Rotate || !d.quiet {
				t.Errorf("%s does %+v", d.notice.Title, d.does)
			}
			r.quiet.shown(d.notice.Key)
		}
		return all
	}
	reminders := func(state string) *Reminders {
		return (&Actions{Desktop: &Desktop{watcher: new(sessionwatch.Watcher)}}).NewReminders(state)
	}
	state := t.TempDir()
	want := []string{"The rotation of the key of stuck is not finished", "The key of old is 90 days old"}
	if got := titles(reminders(state), s, now); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	if got := titles(reminders(state), s, now); len(got) > 0 {
		t.Errorf("after a restart %q is told again", got)
	}
	if got := titles(reminders(state), s, now.Add(8*vaultcore.Day)); !slices.Contains(got, "The rotation of the key of stuck is not finished") {
		t.Errorf("after a week %q is told", got)
	}
	s.Settings["key_age_warn"] = "0"
	if got := titles(reminders(t.TempDir()), s, now); !slices.Equal(got, want[:1]) {
		t.Errorf("who does not want to be reminded is told %q", got)
	}
}
