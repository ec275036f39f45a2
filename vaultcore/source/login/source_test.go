package login

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/person"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// fixture is a world in which ann may sign in, and a source with its person.
type fixture struct {
	t       *testing.T
	aws     *awstest.Server
	ann     *awstest.User
	folder  string
	journal *journal.Journal

	mu        sync.Mutex // guards what follows
	asked     []vaultcore.Question
	answer    string // to whether to sign in
	visitor   awstest.Visitor
	noScreen  bool
	meanwhile func() // happens as the browser opens
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	kept, err := journal.Open("")
	if err != nil {
		t.Fatal(err)
	}
	srv := awstest.NewServer(t)
	ann := srv.Account("111111111111").User("ann")
	return &fixture{
		t: t, aws: srv, ann: ann, folder: filepath.Join(t.TempDir(), "login", "cache"), journal: kept,
		answer: "yes", visitor: awstest.Visitor{Name: ann.ARN()}, meanwhile: func() {},
	}
}

// Ask is part of [Asker].
func (d *fixture) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	d.mu.Lock()
	d.asked = append(d.asked, q)
	answer, visitor := d.answer, d.visitor
	d.mu.Unlock()
	if q.Kind == vaultcore.AskSignInCode {
		page, err := visitor.Visit(ctx, awstest.NewBrowser(), q.Address)
		if err != nil {
			return vaultcore.Secret{}, err
		}
		_, text, _ := strings.Cut(page.Text, "<p>")
		text, _, _ = strings.Cut(text, "</p>")
		return vaultcore.NewSecret(text[:10] + "\n " + text[10:]), nil
	}
	if !q.Allows(answer) {
		return vaultcore.Secret{}, vaultcore.ErrCanceled
	}
	return vaultcore.NewSecret(answer), nil
}

// Shows is part of [Browsers].
func (d *fixture) Shows(context.Context) bool { return !d.noScreen }

// Show is part of [Browsers].
func (d *fixture) Show(_ context.Context, _ string, address vaultcore.Secret, _ string) error {
	d.meanwhile()
	go func() { _, _ = d.visitor.Visit(d.t.Context(), awstest.NewBrowser(), address.Reveal()) }()
	return nil
}

// For is part of [Carriers].
func (d *fixture) For(vaultcore.Via) (http.RoundTripper, error) { return http.DefaultTransport, nil }

// source is that of a new app.
func (d *fixture) source() *Source { return d.sourceAsking(d) }

func (d *fixture) sourceAsking(asker person.Asker) *Source {
	return NewSource(Options{
		Asker: asker, Browsers: d, Carriers: d, Journal: d.journal,
		Log: slog.New(slog.DiscardHandler), Attempt: 5 * time.Second,
	})
}

func (d *fixture) step() plan.Step {
	return plan.Step{
		Kind: Kind, Profile: "dev", Region: "us-east-1", Endpoint: d.aws.URL(), Cache: d.folder,
		Source: vaultcore.Source{Kind: vaultcore.LoginSource, Key: "login_session", Value: d.ann.ARN()},
	}
}

func (d *fixture) file() file { return file{File(d.folder, d.ann.ARN()), patient} }

// patient waits for others however slow the machine is.
var patient = patience{torn: time.Minute, lagged: time.Minute}

// run is a good run of a source.
func (d *fixture) run(s *Source) vaultcore.Credentials {
	d.t.Helper()
	c, err := s.Run(d.t.Context(), d.step(), vaultcore.Credentials{})
	if err != nil {
		d.t.Fatalf("%v (%s)", err, vaultcore.Hint(err))
	}
	return c
}

// entry is what is cached.
func (d *fixture) entry() Entry {
	d.t.Helper()
	e, err := d.file().read(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

// age has the cached credentials end, so that they are refreshed.
func (d *fixture) age() {
	d.t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(d.entry().Text().Reveal()), &all); err != nil {
		d.t.Fatal(err)
	}
	all["accessToken"].(map[string]any)["expiresAt"] = time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	text, err := json.Marshal(all)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(d.file().path, text, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// asks is how often a person was asked.
func (d *fixture) asks() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.asked)
}

// TestOneSignIn: however many want credentials, a person is asked once; what is in the
// cache serves the next app too, until it must be refreshed, which asks nobody.
func TestOneSignIn(t *testing.T) {
	d := newFixture(t)
	s := d.source()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if c, err := s.Run(t.Context(), d.step(), vaultcore.Credentials{}); err != nil || c.AccountID != "111111111111" || c.Left(time.Now()) < 14*time.Minute {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := d.aws.CountOK("AuthorizeOAuth2Access"); d.asks() != 1 || n != 1 {
		t.Errorf("asked %d times, %d pages", d.asks(), n)
	}
	if info, err := os.Stat(d.file().path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	next := d.source()
	if !next.Asks(d.step()) {
		t.Error("it knows of a sign-in that it has not looked at")
	}
	if err := next.Load(t.Context(), d.step()); err != nil || next.Asks(d.step()) {
		t.Errorf("looked at, and a person would be asked: %v", err)
	}
	calls := d.aws.Count("CreateOAuth2Token")
	first := d.run(next)
	if n := d.aws.Count("CreateOAuth2Token"); n != calls {
		t.Errorf("%d calls for what lives in the cache", n-calls)
	}
	if second := d.run(next); second.AccessKeyID == first.AccessKeyID || d.asks() != 1 {
		t.Error("a renewal brings the same")
	}
	state := next.State(d.step())
	if state.Name != "dev" || !state.Renews || time.Since(state.SignedIn) > time.Minute || state.Ends.Sub(state.SignedIn) != 12*time.Hour {
		t.Errorf("%+v", state)
	}
}

// TestRemote: where no browser can be shown, a person brings what the page shows.
func TestRemote(t *testing.T) {
	d := newFixture(t)
	d.noScreen = true
	d.run(d.source())
	if e := d.entry(); e.Client != crossDevice || d.asks() != 2 {
		t.Errorf("%+v after %d questions", e, d.asks())
	}
	d.age()
	d.run(d.source())
	if d.asks() != 2 {
		t.Errorf("asked %d times", d.asks())
	}
}

// TestWays: how a person may want to sign in, which asks nothing else.
func TestWays(t *testing.T) {
	clicked := vaultcore.Click("dev")
	for name, test := range map[string]struct {
		way    vaultcore.SignInWay
		client string
		asks   int
	}{
		"browser": {vaultcore.SignInWay{}, sameDevice, 0}, "code": {vaultcore.SignInWay{DeviceCode: true}, crossDevice, 1},
		"again": {vaultcore.SignInWay{Force: true}, sameDevice, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFixture(t)
			s, ctx := d.source(), vaultcore.WithAudience(t.Context(), vaultcore.Alone(&clicked))
			for i, want := range []bool{true, test.way.Force} {
				if fresh, _, err := s.SignIn(ctx, d.step(), test.way); err != nil || fresh != want {
					t.Fatalf("%d: %v, %v", i, fresh, err)
				}
			}
			if e := d.entry(); e.Client != test.client || d.asks() != test.asks {
				t.Errorf("%s after %d questions", e.Client, d.asks())
			}
		})
	}
}

// TestShownAddress: with the address shown rather than opened, the browser comes back by
// itself, and the question goes.
func TestShownAddress(t *testing.T) {
	d := newFixture(t)
	clicked := vaultcore.Click("dev")
	asker := &shower{fixture: d, gone: make(chan struct{})}
	s := d.sourceAsking(asker)
	ctx := vaultcore.WithAudience(t.Context(), vaultcore.Alone(&clicked))
	if _, _, err := s.SignIn(ctx, d.step(), vaultcore.SignInWay{NoBrowser: true}); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "the question goes", asker.gone)
	if e := d.entry(); e.Client != sameDevice {
		t.Errorf("%s", e.Client)
	}
}

// shower is a person who opens what a question shows by themselves.
type shower struct {
	*fixture
	gone chan struct{} // closed when the question is
}

func (a *shower) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	defer close(a.gone)
	_ = a.Show(ctx, "", vaultcore.NewSecret(q.Address), "")
	<-ctx.Done()
	return vaultcore.Secret{}, ctx.Err()
}

// TestRefusals: what AWS's refusals become, when a person is not there to sign in again.
func TestRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		make func(d *fixture)
		want error
		asks int
	}{
		"after 12 hours":  {func(d *fixture) { d.aws.SetClockOffset(12 * time.Hour) }, vaultcore.ErrCanceled, 1},
		"new password":    {func(d *fixture) { d.ann.ChangePassword() }, vaultcore.ErrCanceled, 1},
		"no longer taken": {func(d *fixture) { d.aws.Fault(awstest.Fault{Kind: awstest.Refuse("INVALID_REQUEST")}) }, vaultcore.ErrRefused, 0},
		"no right":        {func(d *fixture) { d.ann.Deny("signin:CreateOAuth2Token") }, vaultcore.ErrRefused, 0},
		"throttled":       {func(d *fixture) { d.aws.Fault(awstest.Fault{Kind: awstest.Throttle}) }, vaultcore.ErrNoAnswer, 0},
		"out of order":    {func(d *fixture) { d.aws.Fault(awstest.Fault{Kind: awstest.Status(500)}) }, vaultcore.ErrNoAnswer, 0},
		"captive portal":  {func(d *fixture) { d.aws.Fault(awstest.Fault{Kind: awstest.HTML}) }, vaultcore.ErrNoAnswer, 0},
		"echo":            {func(d *fixture) { d.aws.Fault(awstest.Fault{Kind: awstest.EchoBody500}) }, vaultcore.ErrNoAnswer, 0},
		"cut off":         {func(d *fixture) { d.aws.Fault(awstest.Fault{Kind: awstest.Drop}) }, vaultcore.ErrNoAnswer, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newFixture(t)
			d.run(d.source())
			d.age()
			secrets := d.entry()
			d.answer, d.asked = "no", nil
			test.make(d)
			_, err := d.source().Run(t.Context(), d.step(), vaultcore.Credentials{})
			if !errors.Is(err, test.want) || d.asks() != test.asks {
				t.Errorf("%v (%s), asked %d times", err, vaultcore.Hint(err), d.asks())
			}
			golden.Message(t, "", testkit.ErrorText(err))
			var f *vaultcore.Fault
			if errors.As(err, &f) && f.Cause != nil {
				for _, secret := range []vaultcore.Secret{secrets.Refresh, sec1(t, secrets.Key)} {
					if strings.Contains(f.Error()+f.Hint+f.Cause.Error(), secret.Reveal()) {
						t.Errorf("%v", f)
					}
				}
			}
		})
	}
}

// TestOtherPeople: who signs in as another than the profile names gets nothing.
func TestOtherPeople(t *testing.T) {
	d := newFixture(t)
	d.visitor.Name = d.aws.Account("111111111111").User("eve").ARN()
	_, err := d.source().Run(t.Context(), d.step(), vaultcore.Credentials{})
	if !errors.Is(err, vaultcore.ErrRefused) || !strings.Contains(err.Error(), "user/eve") {
		t.Error(err)
	}
	if _, err := os.Stat(d.file().path); !errors.Is(err, os.ErrNotExist) {
		t.Error("it is cached")
	}
}

// TestWrongClock: a computer whose clock is wrong signs in and refreshes all the same.
func TestWrongClock(t *testing.T) {
	for _, offset := range []time.Duration{-time.Hour, time.Hour} {
		d := newFixture(t)
		d.aws.SetClockOffset(offset)
		s := d.source()
		d.run(s)
		if c := d.run(s); c.Left(time.Now()) < 14*time.Minute || d.asks() != 1 {
			t.Errorf("%v: %v left, asked %d times", offset, c.Left(time.Now()), d.asks())
		}
	}
}

// TestSignedOut: what was signed out or cleared gives nothing without a person, also
// when that happens while they sign in.
func TestSignedOut(t *testing.T) {
	for name, end := range map[string]func(d *fixture, s *Source) error{
		"signed out": func(d *fixture, s *Source) error {
			was, livesOn, err := s.SignOut(t.Context(), d.step(), nil)
			if !was || len(livesOn) == 0 {
				t.Errorf("%v, %q", was, livesOn)
			}
			return err
		},
		"cleared":         func(_ *fixture, s *Source) error { s.EndAll(); return s.RemoveAll(t.Context()) },
		"by `aws logout`": func(d *fixture, _ *Source) error { return os.Remove(d.file().path) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newFixture(t)
			s := d.source()
			d.run(s)
			d.answer = "no"
			if err := end(d, s); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Run(t.Context(), d.step(), vaultcore.Credentials{}); !errors.Is(err, vaultcore.ErrCanceled) || d.asks() != 2 {
				t.Errorf("asked %d times: %v", d.asks(), err)
			}
		})
	}
	d := newFixture(t)
	s := d.source()
	d.meanwhile = s.EndAll
	if _, err := s.Run(t.Context(), d.step(), vaultcore.Credentials{}); !errors.Is(err, vaultcore.ErrCanceled) {
		t.Error(err)
	}
	if _, err := os.Stat(d.file().path); !errors.Is(err, os.ErrNotExist) {
		t.Error("it is cached")
	}
}

// TestEndedCredentials: what the journal says has ended is not served from the cache.
func TestEndedCredentials(t *testing.T) {
	d := newFixture(t)
	first := d.run(d.source())
	if err := d.journal.EndAll(); err != nil {
		t.Fatal(err)
	}
	if second := d.run(d.source()); second.AccessKeyID == first.AccessKeyID || d.asks() != 1 {
		t.Errorf("asked %d times, %s", d.asks(), second.AccessKeyID)
	}
}
