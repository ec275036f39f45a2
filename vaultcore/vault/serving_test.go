package vault

import (
	"errors"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// TestTakenUpTokens: what is taken up has a token that Vaultbar could have made.
func TestTakenUpTokens(t *testing.T) {
	s, _ := newVault(t, inMemory)
	for _, token := range []string{"", "short"} {
		r := agent.ServeCallerRequest{Profile: "robot", Port: 1, Token: vaultcore.NewSecret(token), Ready: func(agent.Endpoint) { t.Error("it is served") }}
		if err := s.ServeCaller(t.Context(), r); !errors.Is(err, vaultcore.ErrRequest) {
			t.Errorf("the token %q: %v", token, err)
		}
	}
}

// TestServedEnds: a profile that is served is in the snapshot, until a lock ends it.
func TestServedEnds(t *testing.T) {
	s, _ := newVault(t, inMemory)
	if _, err := s.Serve(t.Context(), agent.ServeRequest{Profile: "robot"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Serve(t.Context(), agent.ServeRequest{Profile: "nosuch"}); !errors.Is(err, vaultcore.ErrNoProfile) {
		t.Errorf("a profile that is not there: %v", err)
	}
	snapshot, err := s.Snapshot(t.Context())
	if err != nil || len(snapshot.Served) != 1 || snapshot.Served[0].Profile != "robot" || !s.Serving() {
		t.Errorf("%v, served are %+v", err, snapshot.Served)
	}
	if err := s.Lock(t.Context()); err != nil || s.Serving() {
		t.Errorf("%v, after a lock it is served", err)
	}
}
