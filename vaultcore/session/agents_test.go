package session

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// ofAgent is the plan of a role as an agent has it.
func ofAgent(name, agent string) *Prepared {
	w := role(name)
	last := &w.Plan.Steps[2]
	last.Agent, last.RoleSessionName = agent, "agent-"+agent
	return w
}

// TestAgentsSessions: an agent's session hangs on the same session of the key as the
// person's, is apart from it, and is known for what it is after a restart too; it ends
// with the sessions of its profile.
func TestAgentsSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		mine, err := w.Get(t.Context(), role("prod"), 0, caller("aws"))
		if err != nil {
			t.Fatal(err)
		}
		if w.Asks(ofAgent("prod", "claude")) {
			t.Error("it is said to ask, though the session of the key is there")
		}
		theirs, err := w.Get(t.Context(), ofAgent("prod", "claude"), 0, caller("aws"))
		if err != nil || theirs.AccessKeyID == mine.AccessKeyID || w.aws.count(plan.Session) != 1 {
			t.Errorf("%v, %d sessions of the key", err, w.aws.count(plan.Session))
		}
		w.restart(t.Context())
		if again, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil || again.AccessKeyID != mine.AccessKeyID {
			t.Error("the person's session is another one", err)
		}
		if all := w.OfAgents(); len(all) != 1 || len(all["prod"]) != 1 || all["prod"][0].Agent != "claude" || !all["prod"][0].Expires.Equal(theirs.Expires) {
			t.Errorf("agents have %+v", all)
		}
		if n, err := w.end(t, role("prod")); n != 2 || err != nil || len(w.OfAgents()) != 0 {
			t.Errorf("%d ended, %v", n, err)
		}
	})
}

// TestAgentsSessionsAreRenewedWhileInUse: one of a pinned profile ends when the agent has
// left, though the person's is kept.
func TestAgentsSessionsAreRenewedWhileInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.options.Keep = func(string, bool) bool { return true }
		defer running(t, w)()
		for _, prepared := range []*Prepared{role("prod"), ofAgent("prod", "claude")} {
			if _, err := w.Get(t.Context(), prepared, 0, caller("aws")); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(4 * time.Hour)
		if _, ok := w.Find(role("prod"), 2); !ok {
			t.Error("the person's session has ended")
		}
		if len(w.OfAgents()) != 0 {
			t.Error("the agent's session is renewed for nobody")
		}
		if w.Asks(base()) {
			t.Error("the session of the key is not there")
		}
	})
}

// TestAsks: a plan asks where neither its session nor the one that needs a code is there.
func TestAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		if !w.Asks(role("prod")) {
			t.Error("it does not ask for the first code")
		}
		if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		if _, err := w.end(t, base()); err != nil {
			t.Fatal(err)
		}
		if w.Asks(role("prod")) || !w.Asks(role("other")) || !w.Asks(ofAgent("prod", "claude")) {
			t.Error("the session of the key has ended, that of the role lives")
		}
	})
}
