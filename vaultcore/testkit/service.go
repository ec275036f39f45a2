package testkit

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// Fixture says what the service under test was made to know.
type Fixture struct {
	// Ready is a profile whose credentials need no question.
	Ready string
	// Asks is a profile whose credentials need an MFA code, in a service that
	// has no desktop to ask on.
	Asks string
	// Code returns an answer that is right now.
	Code func() string
	// WrongCode is an answer that is never right; empty leaves out the tests
	// that need one.
	WrongCode string
	// Fail makes the next Credentials of Ready fail with this error. Nil leaves
	// out the tests of what only a fake can be made to do.
	Fail func(error)
}

// TestService holds a service to what agent.Service promises. newService makes
// a fresh one for each test.
func TestService(t *testing.T, newService func(*testing.T) (agent.Service, Fixture)) {
	tests := []struct {
		name string
		run  func(*testing.T, agent.Service, Fixture)
	}{
		{"credentials", testCredentials},
		{"no such profile", testNoProfile},
		{"question answered", testQuestion},
		{"wrong answer is told", testWrongCode},
		{"question canceled", testCancel},
		{"nobody to ask", testNobody},
		{"caller leaves during a question", testLeave},
		{"caller left before", testLeftBefore},
		{"key comes and goes", testKey},
		{"views", testViews},
		{"sentinels", testSentinels},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			service, fixture := newService(t)
			test.run(t, service, fixture)
		})
	}
}

// timeout ends a test that would hang; nothing is expected to take that long.
const timeout = 30 * time.Second

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	return ctx
}

// Person makes a caller with a person at its terminal, who answers with ask.
func Person(ask func(context.Context, vaultcore.Question) (vaultcore.Secret, error)) vaultcore.Caller {
	return vaultcore.Caller{
		Program: "terraform", Terminal: vaultcore.TerminalAttended, Prompt: vaultcore.PromptTerminal, Ask: ask,
	}
}

// wantKind fails unless err is of this kind, with a next step where one is wanted.
func wantKind(t *testing.T, err, kind error, hint bool) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got error %v, want one that is %q", err, kind)
	}
	if hint && vaultcore.Hint(err) == "" {
		t.Errorf("error %q has no hint", err)
	}
}

func wantUsable(t *testing.T, r agent.CredentialsResult) {
	t.Helper()
	c := r.Credentials
	if c.AccessKeyID == "" || c.SecretAccessKey.IsZero() || c.SessionToken.IsZero() {
		t.Errorf("credentials are not whole: id %q, secret missing %t, token missing %t",
			vaultcore.MaskKeyID(c.AccessKeyID), c.SecretAccessKey.IsZero(), c.SessionToken.IsZero())
	}
	if c.Left(time.Now()) <= 0 {
		t.Errorf("credentials ended at %v", c.Expires)
	}
}

func testCredentials(t *testing.T, s agent.Service, f Fixture) {
	ctx := bounded(t)
	first, err := s.Credentials(ctx, agent.CredentialsRequest{Profile: f.Ready})
	if err != nil {
		t.Fatal(err)
	}
	wantUsable(t, first)
	again, err := s.Credentials(ctx, agent.CredentialsRequest{Profile: f.Ready})
	if err != nil {
		t.Fatal(err)
	}
	a, b := first.Credentials, again.Credentials
	if a.AccessKeyID != b.AccessKeyID || !a.SecretAccessKey.Equal(b.SecretAccessKey) || !a.SessionToken.Equal(b.SessionToken) || !a.Expires.Equal(b.Expires) {
		t.Error("a session that lives was not handed out again")
	}
}

func testNoProfile(t *testing.T, s agent.Service, _ Fixture) {
	for _, name := range []string{"no-such-profile", "", "../../x", "a\x00b", "a\u202eb"} {
		_, err := s.Credentials(bounded(t), agent.CredentialsRequest{Profile: name})
		wantKind(t, err, vaultcore.ErrNoProfile, true)
	}
}

func testQuestion(t *testing.T, s agent.Service, f Fixture) {
	asked := make(chan vaultcore.Question, 8)
	r, err := s.Credentials(bounded(t), agent.CredentialsRequest{
		Profile: f.Asks,
		Caller: Person(func(_ context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
			asked <- q
			return vaultcore.NewSecret(f.Code()), nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	wantUsable(t, r)
	if len(asked) != 1 {
		t.Fatalf("asked %d times, want once", len(asked))
	}
	q := <-asked
	if q.Kind != vaultcore.AskMFA || q.Device == "" || q.Profile == "" || q.Again {
		t.Errorf("question is %+v, want a first one for an MFA code that names profile and device", q)
	}
	if len(q.Waiting) != 1 || q.Waiting[0].Program != "terraform" {
		t.Errorf("question names %v, want terraform", q.Waiting)
	}
}

func testWrongCode(t *testing.T, s agent.Service, f Fixture) {
	if f.WrongCode == "" {
		return
	}
	asked := make(chan vaultcore.Question, 8)
	_, err := s.Credentials(bounded(t), agent.CredentialsRequest{
		Profile: f.Asks,
		Caller: Person(func(_ context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
			asked <- q
			return vaultcore.NewSecret(f.WrongCode), nil
		}),
	})
	wantKind(t, err, vaultcore.ErrWrongCode, true)
	if len(asked) != 3 {
		t.Fatalf("asked %d times, want 3", len(asked))
	}
	if first, second := <-asked, <-asked; first.Again || !second.Again || second.Notice == "" {
		t.Errorf("asked %+v, then %+v; want the second to say that the first answer was wrong", first, second)
	}
}

func testCancel(t *testing.T, s agent.Service, f Fixture) {
	_, err := s.Credentials(bounded(t), agent.CredentialsRequest{
		Profile: f.Asks,
		Caller: Person(func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
			return vaultcore.Secret{}, vaultcore.ErrCanceled
		}),
	})
	wantKind(t, err, vaultcore.ErrCanceled, false)
}

func testNobody(t *testing.T, s agent.Service, f Fixture) {
	_, err := s.Credentials(bounded(t), agent.CredentialsRequest{
		Profile: f.Asks, Caller: vaultcore.Caller{Prompt: vaultcore.PromptNone},
	})
	wantKind(t, err, vaultcore.ErrNobodyToAsk, true)
}

func testLeave(t *testing.T, s agent.Service, f Fixture) {
	ctx, cancel := context.WithCancel(bounded(t))
	withdrawn := make(chan struct{})
	_, err := s.Credentials(ctx, agent.CredentialsRequest{
		Profile: f.Asks,
		Caller: Person(func(asking context.Context, _ vaultcore.Question) (vaultcore.Secret, error) {
			cancel()
			<-asking.Done()
			close(withdrawn)
			return vaultcore.Secret{}, asking.Err()
		}),
	})
	wantKind(t, err, context.Canceled, false)
	select {
	case <-withdrawn:
	case <-time.After(timeout):
		t.Error("the question stayed open after its caller had left")
	}
}

func testLeftBefore(t *testing.T, s agent.Service, f Fixture) {
	ctx, cancel := context.WithCancel(bounded(t))
	cancel()
	_, err := s.Credentials(ctx, agent.CredentialsRequest{Profile: f.Ready})
	wantKind(t, err, context.Canceled, false)
}
