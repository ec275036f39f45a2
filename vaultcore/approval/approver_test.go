package approval

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

const endpoint = "http://127.0.0.1:4566"

// person answers every question the same after a minute; with no answer there is nobody.
// Their settings are in a file.
type person struct {
	t      *testing.T
	file   string
	answer string
	asked  []string // subjects
	known  []trust.Account
}

// newPerson is a person and what asks them. It is for the bubble of a test.
func newPerson(t *testing.T, answer string) (*person, *Approver) {
	p := &person{t: t, file: filepath.Join(t.TempDir(), "settings.ini"), answer: answer}
	return p, New(t.Context(), Options{
		Settings: p, Trust: p.trust, Know: func(a trust.Account) { p.known = append(p.known, a) }, Asker: p, Log: slog.New(slog.DiscardHandler),
	})
}

func (p *person) Ask(_ context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	if p.answer == "" {
		return vaultcore.Secret{}, vaultcore.ErrNobodyToAsk
	}
	p.asked = append(p.asked, q.Subject)
	time.Sleep(time.Minute)
	if p.answer == No {
		return vaultcore.Secret{}, vaultcore.ErrCanceled
	}
	return vaultcore.NewSecret(p.answer), nil
}

func (p *person) Now() settings.Settings {
	own, _, err := settings.Load(p.file)
	if err != nil {
		p.t.Error(err)
	}
	return own
}

func (p *person) File() string { return p.file }

func (p *person) set(key, value string) {
	p.t.Helper()
	if err := settings.Set(p.file, key, value); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) trust(_ context.Context, items []trust.Item) error {
	for _, item := range items {
		p.set(string(item.Kind), p.Now().Listing(item))
	}
	return nil
}

// elsewhere is a plan whose session is made at an endpoint.
func elsewhere(endpoint string) plan.Plan {
	return plan.Plan{Profile: "robot", Steps: []plan.Step{{Kind: plan.Key, KeyName: "robot"}, {Kind: plan.Session, Region: "us-east-1", Endpoint: endpoint}}}
}

// TestAnswers holds what each answer means: for whom, for how long, and for work that
// nobody waits for.
func TestAnswers(t *testing.T) {
	for answer, want := range map[string]struct {
		err           error
		once, trusted bool
		asked         int // by two requests, one after the other
	}{
		No:     {vaultcore.ErrCanceled, false, false, 2},
		Once:   {nil, true, false, 2},
		Always: {nil, false, true, 1},
		"":     {vaultcore.ErrNobodyToAsk, false, false, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			who, a := newPerson(t, answer)
			who.set("trusted_endpoints", "https://sts.example.com")
			p := elsewhere(endpoint)
			for i := range 2 {
				once, err := a.Allow(t.Context(), p, &vaultcore.Caller{Profile: "robot"}, nil)
				if !errors.Is(err, want.err) || once != (want.once && err == nil) {
					t.Errorf("%q: once %v, %v", answer, once, err)
				}
				if answer == "" && i == 0 {
					golden.Message(t, "nobody", testkit.ErrorText(err), who.file, "SETTINGS")
				}
			}
			if len(who.asked) != want.asked || want.asked > 0 && who.asked[0] != trust.Question("robot", []trust.Item{{Kind: trust.OfEndpoint, Value: endpoint}}) {
				t.Errorf("%q: asked %q", answer, who.asked)
			}
			trusted := len(a.Needs(p)) == 0
			if trusted != want.trusted || (a.Untrusted(p) == nil) != want.trusted || a.Allows(p.Steps[1]) != want.trusted {
				t.Errorf("%q: trusted afterwards: %v, %v", answer, trusted, a.Untrusted(p))
			}
			if !a.Allows(elsewhere("https://sts.example.com").Steps[1]) {
				t.Errorf("%q: what was trusted before is trusted no more", answer)
			}
		})
	}
}

// TestNothingToAsk: what goes to AWS itself, and what is trusted, is asked of nobody.
func TestNothingToAsk(t *testing.T) {
	who, a := newPerson(t, "")
	who.set("trusted_endpoints", endpoint)
	for _, p := range []plan.Plan{elsewhere(""), elsewhere(endpoint)} {
		if once, err := a.Allow(t.Context(), p, &vaultcore.Caller{}, nil); err != nil || once {
			t.Errorf("%+v: %v, %v", p, once, err)
		}
	}
	more := []trust.Item{{Kind: trust.OfSignIn, Value: endpoint}}
	if _, err := a.Allow(t.Context(), elsewhere(endpoint), &vaultcore.Caller{}, more); !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		t.Errorf("what else is wanted: %v", err)
	}
}

// TestOneQuestion: those who wait for the same are asked once, and what only some wait for
// is asked about by itself.
func TestOneQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		who, a := newPerson(t, Once)
		done := make(chan error)
		for range 3 {
			go func() {
				once, err := a.Allow(t.Context(), elsewhere(endpoint), &vaultcore.Caller{Profile: "robot"}, nil)
				if !once {
					err = errors.Join(err, errors.New("it is allowed for always"))
				}
				done <- err
			}()
		}
		if err := errors.Join(<-done, <-done, <-done); err != nil || len(who.asked) != 1 {
			t.Errorf("%v, asked %q", err, who.asked)
		}
	})
}

// TestIntroduced: a proxy's user is told to the carriers once the proxy is allowed, and not
// before.
func TestIntroduced(t *testing.T) {
	const proxy = "http://proxy.example.com:3128"
	through := elsewhere("")
	through.Steps[1].Via = vaultcore.Via{Proxy: proxy}
	env := vaultcore.Environment{}.With("HTTPS_PROXY", "http://ann:secret@proxy.example.com:3128")
	for answer, introduced := range map[string]int{No: 0, Once: 1} {
		synctest.Test(t, func(t *testing.T) {
			who, a := newPerson(t, answer)
			_, err := a.Allow(vaultcore.WithEnvironment(t.Context(), env), through, &vaultcore.Caller{}, nil)
			if len(who.known) != introduced || (err == nil) != (introduced > 0) {
				t.Errorf("%s: %v, introduced %d times", answer, err, len(who.known))
			}
		})
	}
}

// TestTargets: where AWS is asked about a key, and what is asked about first.
func TestTargets(t *testing.T) {
	const proxy = "http://proxy.example.com:3128"
	reach := func(of vaultcore.Endpoints) vaultcore.Reach { return vaultcore.Reach{Endpoints: of} }
	for name, test := range map[string]struct {
		env     map[string]string // nil for work that nobody waits for
		profile vaultcore.Profile
		sts     string // where it is asked, with the way
		iam     string
		needs   []trust.Item
	}{
		"AWS itself":      {nil, vaultcore.Profile{}, "us-east-1  ", "us-east-1  ", nil},
		"another region":  {nil, vaultcore.Profile{Region: "eu-west-1"}, "eu-west-1  ", "eu-west-1  ", nil},
		"by the profile":  {nil, vaultcore.Profile{Reach: reach(vaultcore.Endpoints{IAM: endpoint})}, "us-east-1  ", "us-east-1 " + endpoint + " ", []trust.Item{{Kind: trust.OfEndpoint, Value: endpoint}}},
		"by a variable":   {map[string]string{"AWS_ENDPOINT_URL": endpoint}, vaultcore.Profile{}, "us-east-1 " + endpoint + " ", "us-east-1 " + endpoint + " ", []trust.Item{{Kind: trust.OfEndpoint, Value: endpoint}}},
		"through a proxy": {map[string]string{"HTTPS_PROXY": proxy}, vaultcore.Profile{}, "us-east-1  " + proxy, "us-east-1  " + proxy, []trust.Item{{Kind: trust.OfProxy, Value: proxy}}},
		"past a proxy":    {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": ".amazonaws.com"}, vaultcore.Profile{}, "us-east-1  ", "us-east-1  ", nil},
	} {
		_, a := newPerson(t, "")
		ctx := t.Context()
		if test.env != nil {
			var env vaultcore.Environment
			for key, value := range test.env {
				env = env.With(key, value)
			}
			ctx = vaultcore.WithEnvironment(ctx, env)
		}
		atSTS, atIAM, needs, err := a.WantedTargets(ctx, test.profile)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := fmt.Sprintf("%s %s %s", atSTS.Region, atSTS.Endpoint, atSTS.Via.Proxy); got != test.sts {
			t.Errorf("%s: STS is asked at %q", name, got)
		}
		if got := fmt.Sprintf("%s %s %s", atIAM.Region, atIAM.Endpoint, atIAM.Via.Proxy); got != test.iam {
			t.Errorf("%s: IAM is asked at %q", name, got)
		}
		if !slices.Equal(needs, test.needs) {
			t.Errorf("%s: needs %+v", name, needs)
		}
		if _, _, err := a.Targets(ctx, test.profile, &vaultcore.Caller{}); (err == nil) != (len(test.needs) == 0) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSubjects compares what a person is asked to allow with a golden file.
func TestSubjects(t *testing.T) {
	at := trust.Item{Kind: trust.OfEndpoint, Value: endpoint}
	signIn := trust.Item{Kind: trust.OfSignIn, Value: "https://portal.corp.example"}
	proxy := trust.Item{Kind: trust.OfProxy, Value: "http://proxy.corp.example:3128"}
	bundle := trust.Item{Kind: trust.OfBundle, Value: "/etc/corp/ca.pem"}
	shell := process.Command{Key: "credential_process", Text: "okta | jq .", Profile: "dev", Shell: true}
	subjects := []string{
		trust.Question("robot", []trust.Item{at}),
		trust.Question("", []trust.Item{at}),
		trust.Question("dev", []trust.Item{signIn}),
		trust.Question("robot", []trust.Item{proxy}),
		trust.Question("robot", []trust.Item{bundle}),
		trust.Question("robot", []trust.Item{proxy, bundle}),
		trust.Question("dev\u202e", []trust.Item{at, signIn, proxy}),
		trust.Question("robot", []trust.Item{{Kind: trust.OfBundle, Value: "/" + strings.Repeat("long/", 60)}}),
		subjectOfCommand(commandOf("dev", "okta --for dev"), "/opt/okta"),
		subjectOfCommand(commandOf("dev", "/opt/okta --for dev"), "/opt/okta"),
		subjectOfCommand(shell, "/bin/sh"),
	}
	golden.Check(t, "subjects.golden", strings.Join(subjects, "\n")+"\n")
}
