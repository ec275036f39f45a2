package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/app/desktop/sessionwatch"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/access"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
	"github.com/vaultbar/vaultbar/vaultcore/boottime"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/directory"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/prompt"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
	"github.com/vaultbar/vaultbar/vaultcore/vault"
)

const startURL = "https://d-1234567890.awsapps.com/start"

// person sits at the desktop: they answer questions and have a browser.
type person struct {
	aws *awstest.Server
	t   *testing.T

	mu     sync.Mutex // guards what follows
	away   bool       // the screen is locked
	back   chan struct{}
	answer string   // to every question
	asked  []string // what they were asked
	tabs   int      // that the browser opened
}

// see waits until they can see the screen.
func (p *person) see(ctx context.Context) error {
	p.mu.Lock()
	away, back := p.away, p.back
	p.mu.Unlock()
	if !away {
		return nil
	}
	select {
	case <-back:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lock locks their screen, and returns how to unlock it.
func (p *person) lock() (unlock func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away, p.back = true, make(chan struct{})
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.away = false
		close(p.back)
	}
}

func (p *person) answers(answer string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

func (p *person) Available() bool { return true }
func (p *person) Forwarded() bool { return false }

// Ask takes a while, as a person does, and not so long that they are reminded.
func (p *person) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	if err := p.see(ctx); err != nil {
		return vaultcore.Secret{}, err
	}
	p.mu.Lock()
	p.asked = append(p.asked, q.Text())
	answer := p.answer
	p.mu.Unlock()
	select {
	case <-time.After(unseen / 2):
	case <-ctx.Done():
		return vaultcore.Secret{}, ctx.Err()
	}
	if !q.Allows(answer) {
		return vaultcore.Secret{}, vaultcore.ErrCanceled
	}
	return vaultcore.NewSecret(answer), nil
}

// RoundTrip carries what their browser asks: AWS's pages, and what listens here.
func (p *person) RoundTrip(r *http.Request) (*http.Response, error) {
	if "http://"+r.URL.Host == p.aws.URL() {
		return p.aws.RoundTrip(r)
	}
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
}

func (p *person) Open(_ context.Context, address vaultcore.Secret, _ string, _ agent.LoginRequest) (string, []string, error) {
	p.mu.Lock()
	p.tabs++
	p.mu.Unlock()
	browser := awstest.NewBrowser()
	browser.Transport = p
	go func() { _, _ = awstest.Visitor{Name: "ann"}.Visit(p.t.Context(), browser, address.Reveal()) }()
	return "a browser", nil, nil
}

func (p *person) Browsers(context.Context) (agent.BrowsersResult, error) {
	return agent.BrowsersResult{}, nil
}
func (p *person) RemoveBrowserProfile(context.Context, agent.BrowserProfileRequest) error { return nil }

// desktop is theirs as the vault has it.
type desktop struct{}

func (desktop) Present(context.Context) bool                     { return true }
func (desktop) Missing() error                                   { return nil }
func (desktop) LockNoticed() bool                                { return true }
func (desktop) FirstUse(context.Context, string, string)         {}
func (desktop) AgentGot(context.Context, agent.AgentUse)         {}
func (desktop) Loosened(context.Context, string, string, string) {}
func (desktop) OpensAtLogin() bool                               { return true }
func (desktop) SetOpenAtLogin(bool) error                        { return nil }

// inMemory carries requests to AWS without a socket.
type inMemory struct{ aws *awstest.Server }

func (c inMemory) For(vaultcore.Via) (http.RoundTripper, error) { return c.aws, nil }
func (inMemory) Know(trust.Account)                             {}

// day is an app with its person, under a clock that a test moves.
type day struct {
	*person
	*recorder
	t       *testing.T
	vault   *vault.Vault
	actions *Actions
}

// newAWS is an Identity Center whose sign-ins last for eight hours, in which ann is
// Admin in two accounts; and a config for both.
func newAWS(t *testing.T) (aws *awstest.Server, home string) {
	t.Helper()
	aws, home = awstest.NewServer(t), t.TempDir()
	center := aws.IdentityCenter(startURL)
	center.SetSessionLength(8 * time.Hour)
	set, ann := center.PermissionSet("Admin", time.Hour), center.Person("ann")
	config := "[sso-session corp]\nsso_start_url = " + startURL + "\nsso_region = us-east-1\nsso_registration_scopes = sso:account:access\n"
	for i, name := range []string{"dev", "prod"} {
		account := aws.Account(strings.Repeat(fmt.Sprint(7+i), 12))
		ann.Assign(account, set)
		config += fmt.Sprintf("[profile %s]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = %s\nsso_role_name = Admin\n", name, account.ID())
	}
	if err := os.WriteFile(filepath.Join(home, "config"), []byte(awstest.Reached(config, aws.URL())), 0o600); err != nil {
		t.Fatal(err)
	}
	return aws, home
}

// newDay starts an app at home, with a setting of its own, "key = value", or none.
func newDay(t *testing.T, aws *awstest.Server, home string, set ...string) *day {
	t.Helper()
	folders := appdirs.Folders{Config: filepath.Join(home, "c"), State: filepath.Join(home, "s"), Data: filepath.Join(home, "d")}
	for key, value := range map[string]string{"trusted_endpoints": aws.URL(), "trusted_sign_in_endpoints": aws.URL()} {
		if err := settings.Set(folders.Settings(), key, value); err != nil {
			t.Fatal(err)
		}
	}
	for _, setting := range set {
		key, value, _ := strings.Cut(setting, " = ")
		if err := settings.Set(folders.Settings(), key, value); err != nil {
			t.Fatal(err)
		}
	}
	own, _, err := vault.ReadSettings(folders)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := directory.Open("")
	if err != nil {
		t.Fatal(err)
	}
	gone, err := journal.Open("")
	if err != nil {
		t.Fatal(err)
	}
	ann, notices, log := &person{aws: aws, t: t, answer: "yes"}, &recorder{}, slog.New(slog.NewTextHandler(io.Discard, nil))
	changed := new(broadcast.Changed)
	prompter := prompt.New(prompt.Options{Dialog: ann, Changed: changed.Notify})
	carriers := inMemory{aws}
	v := vault.New(t.Context(), vault.Parts{
		Settings: own, Passphrase: vault.NewPassphrase(vaultcore.Secret{}, own, prompter), Keys: keystore.NewMemory(), Journal: gone, Directory: listed, Carriers: carriers,
		STS:      sts.New(sts.Options{Carriers: carriers, Version: "test", Attempt: time.Minute}),
		Signer:   console.NewSigner(console.Options{Carriers: carriers, Version: "test", Attempt: time.Minute}),
		Prompter: prompter, Desktop: desktop{}, Browsers: ann, Changed: changed, Grants: access.NewGrants(boottime.Now, changed.Notify), Log: log, User: "ann", Attempt: time.Minute, Stop: func() {},
		Paths: vault.Paths{Config: filepath.Join(home, "config"), State: folders.State},
	})
	d := &day{person: ann, recorder: notices, t: t, vault: v}
	d.actions = NewActions(&Desktop{notifier: notices, watcher: new(sessionwatch.Watcher), log: log}, v, prompter.Summon, "")
	d.actions.failed = func(_ context.Context, doing, _ string, err error) { t.Errorf("%s: %v", doing, err) }
	return d
}

// runs has the app work until the machine stops.
func (d *day) runs() (stop func()) {
	ctx, cancel := context.WithCancel(d.t.Context())
	r := d.actions.NewReminders("")
	r.focused, r.visible = func(context.Context) bool { return false }, d.see
	var work sync.WaitGroup
	work.Go(func() { r.Run(ctx) })
	work.Go(func() { _ = d.vault.Run(ctx) })
	return func() { cancel(); work.Wait() }
}

// program asks for the credentials of a profile, in the background.
func (d *day) program(profile string) error {
	got, err := d.vault.Credentials(d.t.Context(), agent.CredentialsRequest{
		Profile: profile, Caller: vaultcore.Caller{Program: "terraform", Profile: profile, Prompt: vaultcore.PromptAuto},
	})
	if err == nil && got.Credentials.Left(time.Now()) < time.Minute {
		d.t.Errorf("%s got credentials with %s left", profile, got.Credentials.Left(time.Now()))
	}
	return err
}

// works has both profiles asked for every five minutes.
func (d *day) works(length time.Duration) {
	d.t.Helper()
	for end := time.Now().Add(length); time.Now().Before(end); time.Sleep(5 * time.Minute) {
		for _, profile := range []string{"dev", "prod"} {
			if err := d.program(profile); err != nil {
				d.t.Fatalf("%s: %v", profile, err)
			}
		}
	}
}

// seen checks what the person has seen so far.
func (d *day) seen(when string, dialogs, notices, tabs int) {
	d.t.Helper()
	synctest.Wait()
	d.person.mu.Lock()
	defer d.person.mu.Unlock()
	if titles := d.titles(); len(d.asked) != dialogs || len(titles) != notices || d.tabs != tabs {
		d.t.Errorf("%s: asked %q, told %q, %d tabs; want %d, %d, %d", when, d.asked, titles, d.tabs, dialogs, notices, tabs)
	}
}

// A click in the morning, then nothing until the sign-in is about to end; and when it
// has, one question for all, which opens one tab.
func TestAWorkingDay(t *testing.T) {
	aws, home := newAWS(t)
	synctest.Test(t, func(t *testing.T) {
		d := newDay(t, aws, home, "sso_session_length = 8h")
		defer d.runs()()
		d.actions.Do(t.Context(), menu.Action{Kind: menu.SignIn, SignIn: "corp"}, nil)
		d.seen("after the click", 0, 0, 1)
		d.works(7*time.Hour + 45*time.Minute)
		d.seen("in the afternoon", 0, 0, 1)
		if n := aws.CountOK("CreateToken"); n < 5 {
			t.Errorf("%d tokens in a day: they are not refreshed", n)
		}
		d.works(14 * time.Minute)
		d.seen("before it ends", 0, 1, 1)
		if titles := d.titles(); !slices.Equal(titles, []string{"corp needs a sign-in in about 10 min"}) {
			t.Errorf("told %q", titles)
		}
		d.works(3 * time.Hour)
		d.seen("in the evening", 1, 1, 2)
		if taken := d.withdrawn(); !slices.Equal(taken, []string{"sign-in corp"}) {
			t.Errorf("withdrawn %q", taken)
		}
	})
}

// Who does not tell how long their administrator lets a sign-in live is reminded from
// the second one on: the first has shown it.
func TestHowLongASignInLastsIsLearned(t *testing.T) {
	aws, home := newAWS(t)
	synctest.Test(t, func(t *testing.T) {
		d := newDay(t, aws, home)
		defer d.runs()()
		d.actions.Do(t.Context(), menu.Action{Kind: menu.SignIn, SignIn: "corp"}, nil)
		d.works(10 * time.Hour)
		d.seen("after the first", 1, 0, 2)
		d.works(10 * time.Hour)
		d.seen("after the second", 2, 1, 3)
	})
}

// The button of that notice ends what lives and signs in anew, so that the new sign-in
// lasts its whole time.
func TestSignedInAgainBeforeItEnds(t *testing.T) {
	aws, home := newAWS(t)
	synctest.Test(t, func(t *testing.T) {
		d := newDay(t, aws, home, "sso_session_length = 8h")
		defer d.runs()()
		d.actions.Do(t.Context(), menu.Action{Kind: menu.SignIn, SignIn: "corp"}, nil)
		d.works(7*time.Hour + 55*time.Minute)
		d.seen("before it ends", 0, 1, 1)
		d.recorder.chosen(notify.ActionSignIn)
		d.works(7*time.Hour + 45*time.Minute)
		d.seen("before the next one ends", 0, 1, 2)
		if n := aws.CountOK("Logout"); n != 1 {
			t.Errorf("%d times signed out at AWS", n)
		}
	})
}

// Who says Not now is not asked again by a program at once, and has no tab.
func TestNotNow(t *testing.T) {
	aws, home := newAWS(t)
	synctest.Test(t, func(t *testing.T) {
		d := newDay(t, aws, home)
		defer d.runs()()
		d.answers("no")
		for range 5 {
			for _, profile := range []string{"dev", "prod"} {
				if err := d.program(profile); !errors.Is(err, vaultcore.ErrCanceled) {
					t.Errorf("%s: %v", profile, err)
				}
			}
		}
		d.seen("after Not now", 1, 0, 0)
		snap, err := d.vault.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if row := menu.Build(snap, time.Now(), menu.Options{}).Find("attention"); row.Title != "▲ Sign in to corp – 2 profiles wait" {
			t.Errorf("the menu says %q", row.Title)
		} else {
			d.actions.Do(t.Context(), row.Action, nil)
		}
		d.works(time.Hour)
		d.seen("after the click", 1, 0, 1)
	})
}

// While the machine sleeps its timers stand still, and the sign-in and all sessions
// end. In the morning nothing comes up before a program asks.
func TestASuspendedNight(t *testing.T) {
	aws, home := newAWS(t)
	synctest.Test(t, func(t *testing.T) {
		d := newDay(t, aws, home)
		stop := d.runs()
		d.actions.Do(t.Context(), menu.Action{Kind: menu.SignIn, SignIn: "corp"}, nil)
		d.works(4 * time.Hour)
		stop()
		time.Sleep(14 * time.Hour)
		defer d.runs()()
		d.vault.Woken(t.Context())
		time.Sleep(time.Hour)
		d.seen("in the morning", 0, 0, 1)
		d.works(time.Hour)
		d.seen("at work", 1, 0, 2)
	})
}

// A sign-in that outlives the night asks nothing in the morning.
func TestASignInOutlivesTheNight(t *testing.T) {
	aws, home := newAWS(t)
	aws.IdentityCenter(startURL).SetSessionLength(7 * 24 * time.Hour)
	synctest.Test(t, func(t *testing.T) {
		d := newDay(t, aws, home)
		stop := d.runs()
		d.actions.Do(t.Context(), menu.Action{Kind: menu.SignIn, SignIn: "corp"}, nil)
		d.works(time.Hour)
		stop()
		time.Sleep(14 * time.Hour)
		defer d.runs()()
		d.vault.Woken(t.Context())
		d.works(time.Hour)
		d.seen("in the morning", 0, 0, 1)
	})
}

// On a locked screen nothing is asked and nothing pops up. What waits then is one
// question when the person is back.
func TestALockedScreen(t *testing.T) {
	aws, home := newAWS(t)
	synctest.Test(t, func(t *testing.T) {
		d := newDay(t, aws, home)
		defer d.runs()()
		d.actions.Do(t.Context(), menu.Action{Kind: menu.SignIn, SignIn: "corp"}, nil)
		d.works(7 * time.Hour)
		unlock := d.lock()
		time.Sleep(3 * time.Hour) // the sign-in ends, and the sessions that come of it
		var programs sync.WaitGroup
		for range 10 {
			for _, profile := range []string{"dev", "prod"} {
				programs.Go(func() {
					if err := d.program(profile); err != nil {
						t.Errorf("%s: %v", profile, err)
					}
				})
			}
		}
		time.Sleep(time.Hour)
		d.seen("on a locked screen", 0, 0, 1)
		unlock()
		programs.Wait()
		d.seen("when they are back", 1, 0, 2)
	})
}
