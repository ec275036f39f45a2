package agent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// broken panics with what must not be seen.
type broken struct{ agent.Service }

func (broken) Status(context.Context) (agent.Status, error) {
	panic(errors.New("canary-wJalrXUtnFEMI"))
}

// A panic costs its caller a reply and nobody anything else; its value, which
// may be secret, is not told.
func TestPanic(t *testing.T) {
	f, _ := fake()
	var log bytes.Buffer
	reach := serve(t, &agent.Server{Service: broken{f}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	client := agent.NewClient(agent.ClientOptions{Dial: reach})
	if _, err := client.Status(t.Context()); err == nil || vaultcore.Hint(err) == "" {
		t.Errorf("got %v", err)
	}
	if got := dial(t, reach).say(t, `{"v":1,"op":"status"}`); code(t, got) != "internal" {
		t.Errorf("got %s", got)
	}
	if _, err := client.Snapshot(t.Context()); err != nil {
		t.Errorf("the server is gone: %v", err)
	}
	if text := log.String(); strings.Contains(text, "canary") || !strings.Contains(text, "broken.Status:") {
		t.Errorf("the log should name the place and no value:\n%s", text)
	}
}

// Nor does a panic in finding out who asks.
func TestPanicOverTheCaller(t *testing.T) {
	f, _ := fake()
	var log bytes.Buffer
	reach := serve(t, &agent.Server{
		Service: f, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Describe: func(net.Conn) vaultcore.Caller { panic(errors.New("canary-wJalrXUtnFEMI")) },
	})
	client := agent.NewClient(agent.ClientOptions{Dial: reach})
	if got := dial(t, reach).say(t, `{"v":1,"op":"explain"}`); code(t, got) != "internal" {
		t.Errorf("got %s", got)
	}
	if _, err := client.Snapshot(t.Context()); err != nil {
		t.Errorf("the server is gone: %v", err)
	}
	if strings.Contains(log.String(), "canary") {
		t.Errorf("the log has the value:\n%s", log.String())
	}
}

// When the app ends, those who wait are told at once, and as one would.
func TestStopWithCallersWaiting(t *testing.T) {
	f, _ := fake()
	waiting := make(chan struct{}, 50)
	f.Hold, f.Waiting = make(chan struct{}), waiting
	l := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- (&agent.Server{Service: f}).Serve(ctx, l) }()
	client := agent.NewClient(agent.ClientOptions{Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", l.Addr().String())
	}})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			_, err := client.Credentials(t.Context(), agent.CredentialsRequest{Profile: testkit.BaseProfile})
			if !errors.Is(err, vaultcore.ErrUnreachable) || errors.Is(err, context.Canceled) || vaultcore.Hint(err) == "" {
				t.Errorf("got %v, want unreachable with a hint", err)
			}
		})
	}
	for range 50 {
		wait.For(t, "a caller waits", waiting)
	}
	cancel()
	all.Wait()
	if err := wait.For(t, "the server ends", served); err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if _, err := client.Status(t.Context()); !errors.Is(err, vaultcore.ErrUnreachable) {
		t.Errorf("after the end: %v", err)
	}
}

// A listener that fails for good ends the server with an error.
func TestListenerCloses(t *testing.T) {
	f, _ := fake()
	l := listen(t)
	_ = l.Close()
	if err := (&agent.Server{Service: f}).Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
}

// A snapshot of more profiles than fit into a frame arrives whole and in order;
// a single thing that is too long is an error, not a broken connection.
func TestLongReplies(t *testing.T) {
	f, _ := fake()
	f.State.Profiles = nil
	for i := range 5000 {
		f.State.Profiles = append(f.State.Profiles, vaultcore.ProfileState{
			Name: fmt.Sprintf("profile-%d", i), Account: "111111111111", Role: "admin", MFA: testkit.MFADevice,
		})
	}
	f.State.Config = "~/.aws/config"
	f.Change = agent.SetupResult{Diff: strings.Repeat("x", 300<<10)}
	reach := serve(t, &agent.Server{Service: f})
	client := agent.NewClient(agent.ClientOptions{Dial: reach})
	snap, err := client.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(snap.Profiles) != 5000 || snap.Config != "~/.aws/config" {
		t.Fatalf("%d profiles of %s, want 5000", len(snap.Profiles), snap.Config)
	}
	for i, p := range snap.Profiles {
		if p.Name != fmt.Sprintf("profile-%d", i) {
			t.Fatalf("number %d is %s", i, p.Name)
		}
	}
	_, err = client.Setup(t.Context(), agent.SetupRequest{})
	golden.Message(t, "a reply that is too long", testkit.ErrorText(err))
	_, err = client.Setup(t.Context(), agent.SetupRequest{Command: strings.Repeat("x", 300<<10)})
	if !errors.Is(err, vaultcore.ErrRequest) {
		t.Errorf("a request that is too long: %v", err)
	}
	f.Sync = agent.SyncResult{SetupResult: agent.SetupResult{File: "~/.aws/config", Diff: strings.Repeat("+本\n", 200<<10)}, Change: "sum", Added: 2100}
	if got, err := client.SyncProfiles(t.Context(), agent.SyncRequest{}); err != nil || !reflect.DeepEqual(got, f.Sync) {
		t.Errorf("a change that is too long for a frame: %d bytes of it, %d added, %v", len(got.Diff), got.Added, err)
	}
	if len(f.Calls()) != 3 {
		t.Errorf("the service was called %d times, want 3", len(f.Calls()))
	}
	if first := dial(t, reach).say(t, `{"v":1,"op":"snapshot"}`); !strings.HasPrefix(first, `{"part":`) || len(first) > 32<<10 {
		t.Errorf("a long snapshot begins with %d bytes, to be read before the rest is written", len(first))
	}
}

// asker is a service that puts a question in a way of its own.
type asker struct {
	agent.Service
	ask func(context.Context, vaultcore.Caller)
}

func (a asker) Credentials(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
	a.ask(ctx, r.Caller)
	return testkit.Session(time.Now()), nil
}

// A question that is withdrawn ends at the caller's terminal, while the caller
// goes on waiting.
func TestWithdrawnQuestion(t *testing.T) {
	asked, ended := make(chan struct{}), make(chan error, 1)
	service := asker{ask: func(ctx context.Context, caller vaultcore.Caller) {
		asking, cancel := context.WithCancel(ctx)
		go func() {
			defer cancel()
			wait.For(t, "the person is asked", asked)
		}()
		_, err := caller.Ask(asking, vaultcore.Question{Kind: vaultcore.AskMFA})
		if !errors.Is(err, context.Canceled) || errors.Is(err, vaultcore.ErrCanceled) {
			t.Errorf("the service heard %v, want context.Canceled: nobody said no", err)
		}
		if err := wait.For(t, "the operation ends", ended); !errors.Is(err, context.Canceled) {
			t.Errorf("the question ended with %v", err)
		}
	}}
	client := agent.NewClient(agent.ClientOptions{Dial: serve(t, &agent.Server{Service: service})})
	_, err := client.Credentials(t.Context(), agent.CredentialsRequest{
		Caller: testkit.Person(func(ctx context.Context, _ vaultcore.Question) (vaultcore.Secret, error) {
			close(asked)
			<-ctx.Done()
			ended <- ctx.Err()
			return vaultcore.Secret{}, ctx.Err()
		}),
	})
	if err != nil {
		t.Errorf("the caller who went on waiting got %v", err)
	}
}

// A call returns when nobody uses its terminal any more, even if the reply came
// while the question was open: what is printed next must not meet a prompt.
func TestTerminalIsFreeAfterwards(t *testing.T) {
	asked := make(chan struct{})
	service := asker{ask: func(ctx context.Context, caller vaultcore.Caller) {
		go func() { _, _ = caller.Ask(ctx, vaultcore.Question{Kind: vaultcore.AskMFA}) }()
		wait.For(t, "the service is asked", asked)
	}}
	client := agent.NewClient(agent.ClientOptions{Dial: serve(t, &agent.Server{Service: service})})
	var free atomic.Bool
	_, err := client.Credentials(t.Context(), agent.CredentialsRequest{
		Caller: testkit.Person(func(ctx context.Context, _ vaultcore.Question) (vaultcore.Secret, error) {
			close(asked)
			<-ctx.Done()
			for range 1000 {
				runtime.Gosched()
			}
			free.Store(true)
			return vaultcore.Secret{}, ctx.Err()
		}),
	})
	if err != nil {
		t.Error(err)
	}
	if !free.Load() {
		t.Error("the call returned while its terminal was in use")
	}
}

// A question that comes after its request was answered reaches nobody.
func TestLateQuestion(t *testing.T) {
	answered, asked := make(chan struct{}), make(chan error, 1)
	service := asker{Service: broken{}, ask: func(ctx context.Context, caller vaultcore.Caller) {
		go func() {
			<-answered
			_, err := caller.Ask(context.WithoutCancel(ctx), vaultcore.Question{Kind: vaultcore.AskMFA})
			asked <- err
		}()
	}}
	c := dial(t, serve(t, &agent.Server{Service: service}))
	if got := c.say(t, `{"v":1,"op":"credentials","tty":true}`); code(t, got) != "" {
		t.Fatal(got)
	}
	close(answered)
	if err := wait.For(t, "the question ends", asked); !errors.Is(err, context.Canceled) {
		t.Errorf("the late question got %v", err)
	}
	c.ended(t)
}

// A terminal that fails is not a person who says no.
func TestTerminalFails(t *testing.T) {
	f, _ := fake()
	client := agent.NewClient(agent.ClientOptions{Dial: serve(t, &agent.Server{Service: f})})
	_, err := client.Credentials(t.Context(), agent.CredentialsRequest{
		Profile: testkit.RoleProfile,
		Caller: testkit.Person(func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
			return vaultcore.Secret{}, vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "the terminal is gone").WithHint("open one")
		}),
	})
	if !errors.Is(err, vaultcore.ErrNobodyToAsk) || !strings.Contains(err.Error(), "the terminal is gone") || vaultcore.Hint(err) != "open one" {
		t.Errorf("got %v, hint %q", err, vaultcore.Hint(err))
	}
}

// What a caller says of itself reaches the service.
func TestCallerArrives(t *testing.T) {
	f, _ := fake()
	described := 0
	reach := serve(t, &agent.Server{Service: f, Describe: func(net.Conn) vaultcore.Caller {
		described++
		return vaultcore.Caller{PID: 42, Program: "seen", Dir: "~/d"}
	}})
	client := agent.NewClient(agent.ClientOptions{Dial: reach})
	silent := vaultcore.Caller{
		Program: "terraform", Terminal: vaultcore.TerminalReachable, Prompt: vaultcore.PromptDialog,
		Preanswered: []vaultcore.QuestionKind{vaultcore.AskMFA},
		Ask:         func(context.Context, vaultcore.Question) (vaultcore.Secret, error) { return vaultcore.Secret{}, nil },
	}
	mute := silent
	mute.Ask, mute.Program = nil, ""
	for _, caller := range []vaultcore.Caller{silent, mute} {
		r := agent.CredentialsRequest{
			Profile: testkit.BaseProfile, MinTTL: time.Minute, Duration: time.Hour, Region: "eu-west-1", Caller: caller,
		}
		if _, err := client.Credentials(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	calls := f.Calls()
	got := calls[0].Request.(agent.CredentialsRequest)
	if got.MinTTL != time.Minute || got.Duration != time.Hour || got.Region != "eu-west-1" || got.NoSession {
		t.Errorf("the request came as %+v", got)
	}
	c := got.Caller
	if c.PID != 42 || c.Program != "terraform" || c.Dir != "~/d" || c.Terminal != vaultcore.TerminalReachable ||
		c.Prompt != vaultcore.PromptDialog || !c.Answers(vaultcore.AskMFA) || c.Ask == nil {
		t.Errorf("the caller came as %+v", c)
	}
	c = calls[1].Request.(agent.CredentialsRequest).Caller
	if c.Program != "seen" || c.Terminal != vaultcore.NoTerminal || len(c.Preanswered) != 0 || c.Ask != nil {
		t.Errorf("a caller that cannot be asked came as %+v", c)
	}
}

// Who asks is found out when it is told, once a connection: a request that finds
// all at hand does not wait for a look at the process table.
func TestNamesAreFoundWhenTold(t *testing.T) {
	f, _ := fake()
	looks := 0
	client := agent.NewClient(agent.ClientOptions{Dial: serve(t, &agent.Server{Service: f, Describe: func(net.Conn) vaultcore.Caller {
		return vaultcore.Caller{PID: 42, Names: sync.OnceValues(func() (program, dir string) {
			looks++
			return "terraform", "~/infra"
		})}
	}})})
	if _, err := client.Credentials(t.Context(), agent.CredentialsRequest{Profile: testkit.BaseProfile}); err != nil {
		t.Fatal(err)
	}
	if looks != 0 {
		t.Errorf("the process table was read %d times for what was at hand", looks)
	}
	caller := f.Calls()[0].Request.(agent.CredentialsRequest).Caller
	for range 2 {
		if got := caller.String(); got != "terraform (in ~/infra)" {
			t.Errorf("the caller is called %s", got)
		}
	}
	if looks != 1 {
		t.Errorf("the process table was read %d times", looks)
	}
}

// steered notes under which environment it is asked.
type steered struct {
	agent.Service
	asked *[]vaultcore.Environment
}

func (s steered) Credentials(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
	*s.asked = append(*s.asked, vaultcore.EnvironmentOf(ctx))
	return s.Service.Credentials(ctx, r)
}

func (s steered) Status(ctx context.Context) (agent.Status, error) {
	*s.asked = append(*s.asked, vaultcore.EnvironmentOf(ctx))
	return s.Service.Status(ctx)
}

// A request is made under the environment of its client, whether its frame is
// written by hand or not, and under that of no other.
func TestEnvironmentOfARequest(t *testing.T) {
	f, _ := fake()
	var asked []vaultcore.Environment
	reach := serve(t, &agent.Server{Service: steered{f, &asked}})
	env := vaultcore.Environment{}.With("AWS_ENDPOINT_URL", "http://127.0.0.1:4566").With("NO_PROXY", "\"é").With("AWS_CONFIG_FILE", "/x y")
	for _, client := range []*agent.Client{agent.NewClient(agent.ClientOptions{Dial: reach, Environment: env}), agent.NewClient(agent.ClientOptions{Dial: reach})} {
		if _, err := client.Status(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, _ = client.Credentials(t.Context(), agent.CredentialsRequest{Profile: "nobody"})
	}
	if !reflect.DeepEqual(asked, []vaultcore.Environment{env, env, {}, {}}) {
		t.Errorf("asked under %v", asked)
	}
}

// What the app would not keep to it does not take.
func TestUnknownVariable(t *testing.T) {
	f, _ := fake()
	client := agent.NewClient(agent.ClientOptions{Dial: serve(t, &agent.Server{Service: f}), Environment: vaultcore.Environment{}.With("AWS_NEWER", "x")})
	if _, err := client.Status(t.Context()); !errors.Is(err, vaultcore.ErrRequest) || vaultcore.Hint(err) == "" {
		t.Errorf("a variable that the app does not know: %v", err)
	}
}
