package access

import (
	"context"
	"errors"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// What an agent may do: each operation of the table is here, and a new one is refused
// until somebody decides otherwise.
var (
	// looks hand out nothing and change nothing, or only lock.
	looks = []string{"profiles", "explain", "snapshot", "doctor", "reaches", "services", "browsers", "agents", "watch", "settings", "status", "lock"}
	// handsOut are for the rule of the profile to decide.
	handsOut = []string{"credentials", "login", "serve", "serve-caller"}
	// changes are refused, unless agents_may_change says otherwise.
	changes = []string{"identify", "add", "remove", "clear", "setup", "import", "edit", "rotate", "signout", "accounts", "sync", "forget", "find", "renew", "unserve", "set", "trust-folder", "stop"}
	// personal are refused whatever the settings say.
	personal = []string{"signin", "unlock", "revoke"}
)

// TestAgentsAndOperations: every operation by an agent that is known by its process, by
// its variable, by both, and with either sign hidden; by a person it is done.
func TestAgentsAndOperations(t *testing.T) {
	claude := []vaultcore.Process{messenger(9), process(8, "terraform", "tf"), process(6, "claude", "c"), shell(7)}
	plain := []vaultcore.Process{messenger(9), process(8, "terraform", "tf"), shell(7)}
	caller := func(chain []vaultcore.Process, marked bool) vaultcore.Caller {
		c := from(chain...)
		if marked {
			c.Env, _ = vaultcore.NewEnvironment(map[string]string{"CLAUDECODE": "1"})
		}
		return c
	}
	kinds := make(map[string]string)
	for kind, names := range map[string][]string{"looks": looks, "hands out": handsOut, "changes": changes, "personal": personal} {
		for _, name := range names {
			kinds[name] = kind
		}
	}
	for name, test := range map[string]struct {
		caller vaultcore.Caller
		agent  bool
	}{
		"by its process": {caller(claude, false), true}, "by its variable": {caller(plain, true), true}, "by both": {caller(claude, true), true},
		"by a variable, with no processes known": {caller(nil, true), true}, "a person": {caller(plain, false), false},
	} {
		for _, op := range agent.Operations() {
			for _, mayChange := range []bool{false, true} {
				w := newWorld(t, "once")
				w.own.AgentsMayChange = mayChange
				profile := ""
				if kinds[op.Name] == "hands out" {
					profile = "sealed"
				}
				err := w.uses(op.Name, profile, test.caller)
				refused := map[string]error{
					"looks": nil, "hands out": vaultcore.ErrNoCredentials, "personal": vaultcore.ErrNobodyToAsk, "": vaultcore.ErrNobodyToAsk, "changes": vaultcore.ErrNobodyToAsk,
				}[kinds[op.Name]]
				if !test.agent || kinds[op.Name] == "changes" && mayChange {
					refused = nil
				}
				if kinds[op.Name] == "" {
					t.Errorf("%s: say here what an agent may do", op.Name)
				}
				if !errors.Is(err, refused) || refused != nil && vaultcore.Hint(err) == "" {
					t.Errorf("%s, %s, agents_may_change %t: %v", op.Name, name, mayChange, err)
				}
			}
		}
	}
}

// TestNobodySitsAtAnAgentsTerminal: what an operation asks on its way is not asked at the
// terminal of what an agent runs, though a person sits there by what the system says: the
// one who types may be the agent.
func TestNobodySitsAtAnAgentsTerminal(t *testing.T) {
	w := newWorld(t, "once")
	w.own.AgentPrograms, w.own.AgentsMayChange = []string{"mybot"}, true
	for name, test := range map[string]struct {
		chain  []vaultcore.Process
		env    map[string]string
		person bool
	}{
		"a person":         {[]vaultcore.Process{messenger(9), shell(7)}, nil, true},
		"an agent":         {[]vaultcore.Process{messenger(9), process(6, "claude", "c"), shell(7)}, nil, false},
		"by its variable":  {[]vaultcore.Process{messenger(9), shell(7)}, map[string]string{"AI_AGENT": "x"}, false},
		"one of their own": {[]vaultcore.Process{messenger(9), process(6, "mybot", "c")}, nil, false},
	} {
		handed, set := new(agent.CredentialsRequest), new(agent.SetRequest)
		for _, r := range []struct {
			name    string
			request any
			caller  *vaultcore.Caller
		}{{"credentials", handed, &handed.Caller}, {"set", set, &set.Caller}} {
			*r.caller = from(test.chain...)
			r.caller.Env, _ = vaultcore.NewEnvironment(test.env)
			r.caller.Person = func() bool { return true }
			use := agent.Use{Operation: operation(t, r.name), Profile: "dev", Caller: func() vaultcore.Caller { return *r.caller }, Request: r.request}
			must(t, w.programs.Around(t.Context(), use, func(context.Context) error { return nil }))
			if r.caller.Person() != test.person {
				t.Errorf("%s, %s: a person sits there: %t", name, r.name, !test.person)
			}
		}
	}
}

// TestReadOnlyAgents: such an agent is asked about only where everybody is, and is known to
// those who make its session; without a rule its variable alone is looked at.
func TestReadOnlyAgents(t *testing.T) {
	claude := from(messenger(9), process(6, "claude", "c"), shell(7))
	marked := from(messenger(9), shell(7))
	marked.Env, _ = vaultcore.NewEnvironment(map[string]string{"GEMINI_CLI": "1"})
	bot := from(messenger(9), process(6, "mybot", "c"), shell(7))
	tests := []struct {
		name, profile string
		caller        vaultcore.Caller
		all           settings.Agents
		agent         string
		asks          bool
	}{
		{"read-only", "reads", claude, settings.AgentsDefault, "claude", false},
		{"read-only and protected", "guarded", claude, settings.AgentsDefault, "claude", true},
		{"as is set for all", "dev", claude, settings.AgentsReadOnly, "claude", false},
		{"asked about as is set for all", "dev", claude, settings.AgentsAsk, "claude", true},
		{"no rule, and a variable", "dev", marked, settings.AgentsDefault, "gemini", false},
		{"no rule, and no variable", "dev", claude, settings.AgentsDefault, "", false},
		{"one of the settings", "dev", bot, settings.AgentsDefault, "mybot", false},
	}
	for _, test := range tests {
		w := newWorld(t, "once")
		w.own.Agents = test.all
		if test.agent == "mybot" {
			w.own.AgentPrograms = []string{"mybot"}
		}
		w.own.Profiles["reads"] = settings.Profile{Agents: settings.AgentsReadOnly}
		w.own.Profiles["guarded"] = settings.Profile{Agents: settings.AgentsReadOnly, Protected: settings.Asked}
		use := agent.Use{Operation: operation(t, "credentials"), Profile: test.profile, Caller: func() vaultcore.Caller { return test.caller }}
		err := w.programs.Around(t.Context(), use, func(ctx context.Context) error {
			if got := agent.Decided(ctx).Agent; got != test.agent {
				t.Errorf("%s: known as %q", test.name, got)
			}
			return nil
		})
		if err != nil || len(w.asked) > 0 != test.asks {
			t.Errorf("%s: asked %d times, %v", test.name, len(w.asked), err)
		}
	}
}
