package agent_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// listen makes a unix socket on a short path.
func listen(t testing.TB) net.Listener {
	t.Helper()
	dir, err := os.MkdirTemp("", "vb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve runs a server until the test ends and returns how to reach it.
func serve(t testing.TB, server *agent.Server) func(context.Context) (net.Conn, error) {
	t.Helper()
	l := listen(t)
	serveOn(t, server, l)
	path := l.Addr().String()
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
}

func serveOn(t testing.TB, server *agent.Server, l net.Listener) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := wait.For(t, "the server ends", done); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
}

// fake makes a fake that satisfies the suite.
func fake() (*testkit.FakeService, testkit.Fixture) {
	session := testkit.Session(time.Now())
	f := &testkit.FakeService{
		Results: map[string]agent.CredentialsResult{testkit.BaseProfile: session, testkit.RoleProfile: session},
		Questions: map[string]vaultcore.Question{
			testkit.RoleProfile: {Kind: vaultcore.AskMFA, Profile: testkit.BaseProfile, Device: testkit.MFADevice},
		},
		Answer: "123456",
		Explanations: map[string]vaultcore.Explanation{testkit.BaseProfile: {
			Profile: testkit.BaseProfile, Title: "key of ann",
			Steps: []vaultcore.ExplainedStep{{Title: "key", Detail: "in the keychain", Reasons: []string{"it is there"}}},
		}},
		State:  vaultcore.Snapshot{Profiles: []vaultcore.ProfileState{{Name: testkit.BaseProfile}}},
		About:  agent.Status{Version: "1", PID: 1, Started: time.Now().Add(-time.Minute), Desktop: true},
		Errors: map[string]error{},
	}
	return f, testkit.Fixture{
		Ready: testkit.BaseProfile, Asks: testkit.RoleProfile,
		Code: func() string { return "123456" }, WrongCode: "000000",
		Fail: func(err error) { f.Update(func() { f.Errors["credentials"] = err }) },
	}
}

func TestFakeIsAService(t *testing.T) {
	testkit.TestService(t, func(*testing.T) (agent.Service, testkit.Fixture) {
		f, fixture := fake()
		return f, fixture
	})
}

func TestClientIsAService(t *testing.T) {
	testkit.TestService(t, func(t *testing.T) (agent.Service, testkit.Fixture) {
		f, fixture := fake()
		return agent.NewClient(agent.ClientOptions{Dial: serve(t, &agent.Server{Service: f})}), fixture
	})
}
