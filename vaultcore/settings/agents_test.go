package settings

import (
	"path/filepath"
	"strings"
	"testing"
)

const viewOnly = "arn:aws:iam::aws:policy/ViewOnlyAccess"

// What is set for all holds for profiles that do not say, and for no others.
func TestRule(t *testing.T) {
	tests := []struct {
		all  Agents
		own  Profile
		want Agents
	}{
		{AgentsDefault, Profile{}, AgentsAllow},
		{AgentsDefault, Profile{Protected: Asked}, AgentsAsk},
		{AgentsReadOnly, Profile{}, AgentsReadOnly},
		{AgentsReadOnly, Profile{Protected: Asked}, AgentsReadOnly},
		{AgentsRefuse, Profile{Agents: AgentsAllow}, AgentsAllow},
		{AgentsAllow, Profile{Agents: AgentsDefault, Protected: Asked}, AgentsAllow},
	}
	for _, test := range tests {
		s := Settings{Agents: test.all, AgentsPolicy: viewOnly, Profiles: map[string]Profile{"x": test.own}}
		if got := s.Rule("x"); got.ForAgents() != test.want || got.AgentsPolicy != viewOnly || got.AgentsNamed != NamedByName {
			t.Errorf("%+v: %+v", test, got)
		}
	}
	if got := (Settings{Agents: AgentsRefuse}).Rule("unknown"); !got.Protects() {
		t.Errorf("%+v", got)
	}
	if !(Settings{Agents: AgentsRefuse}).Decides() || Defaults().Decides() {
		t.Error("what decides is taken for nothing, or nothing for something")
	}
}

// Of two rules for one role the one holds that gives agents less, and its policy.
func TestWith(t *testing.T) {
	narrow := Profile{Agents: AgentsReadOnly, AgentsPolicy: viewOnly, AgentsNamed: NamedByTags}
	for name, test := range map[string]struct {
		p, other, want Profile
	}{
		"more is asked":       {Profile{Agents: AgentsAsk}, narrow, narrow},
		"a policy is missing": {Profile{Agents: AgentsReadOnly, AgentsNamed: NotNamed}, narrow, narrow},
		"less is given":       {Profile{Agents: AgentsRefuse}, narrow, Profile{Agents: AgentsRefuse, AgentsNamed: NamedByTags}},
		"nothing":             {narrow, Profile{Agents: AgentsAllow}, narrow},
	} {
		if got := test.p.With(test.other); got != test.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Each change of what agents get, in both directions.
func TestAgentsLoosened(t *testing.T) {
	type change struct {
		before, after Settings
		want          string
	}
	all := func(a Agents) Settings { return Settings{Agents: a} }
	own := func(general Agents, p Profile) Settings {
		return Settings{Agents: general, Profiles: map[string]Profile{"prod": p}}
	}
	tests := []change{
		{all(AgentsRefuse), all(AgentsReadOnly), "agents"},
		{all(AgentsReadOnly), all(AgentsRefuse), ""},
		{all(AgentsAsk), all(AgentsReadOnly), "agents"}, // nobody is asked any more
		{all(AgentsReadOnly), all(AgentsAsk), "agents"},
		{all(AgentsAllow), all(AgentsAsk), ""},
		{all(AgentsDefault), all(AgentsAllow), "agents"}, // of protected ones
		{all(AgentsDefault), all(AgentsReadOnly), ""},
		{own(AgentsRefuse, Profile{}), own(AgentsRefuse, Profile{Agents: AgentsAsk}), "prod agents"},
		{own(AgentsRefuse, Profile{Agents: AgentsAsk}), own(AgentsRefuse, Profile{Agents: AgentsDefault}), ""},
		{own(AgentsAllow, Profile{Agents: AgentsRefuse}), own(AgentsAllow, Profile{Agents: AgentsDefault}), "prod agents"},
		{own(AgentsRefuse, Profile{Pinned: true}), own(AgentsAllow, Profile{Pinned: true}), "agents"}, // said once
		{all(AgentsRefuse), own(AgentsRefuse, Profile{Agents: AgentsAllow}), "prod agents"},
		{own(AgentsDefault, Profile{Protected: Asked}), own(AgentsDefault, Profile{Protected: Asked, Agents: AgentsReadOnly}), ""},
		{Settings{}, Settings{AgentsPolicy: viewOnly}, "agents_policy"},
		{Settings{AgentsPolicy: viewOnly}, Settings{}, "agents_policy"},
		{own(AgentsDefault, Profile{}), own(AgentsDefault, Profile{AgentsPolicy: viewOnly}), "prod agents_policy"},
		{Settings{AgentsNamed: NamedByTags}, Settings{AgentsNamed: NamedByName}, "agents_named"},
		{Settings{AgentsNamed: NamedByName}, Settings{AgentsNamed: NamedByTags}, ""},
		{own(AgentsDefault, Profile{}), own(AgentsDefault, Profile{AgentsNamed: NotNamed}), "prod agents_named"},
	}
	for _, test := range tests {
		var got []string
		for _, what := range Loosened(test.before, test.after) {
			got = append(got, strings.TrimSpace(what.Profile+" "+what.Key))
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%+v\nto %+v\ngives up %q, want %q", test.before, test.after, text, test.want)
		}
	}
}

// What is remembered is what was set: a start finds no change where there is none.
func TestAgentsRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "protections.ini")
	s := Defaults()
	s.Agents, s.AgentsPolicy, s.AgentsNamed = AgentsRefuse, viewOnly, NamedByTags
	s.Profiles = map[string]Profile{
		"open":   {Isolated: Inherit, Agents: AgentsAllow, AgentsNamed: NotNamed},
		"pinned": {Isolated: Inherit, Pinned: true, Agents: AgentsDefault, AgentsNamed: NamedDefault},
	}
	if err := Remember(path, s); err != nil {
		t.Fatal(err)
	}
	got, ok := Remembered(path)
	if !ok || len(Loosened(s, got)) != 0 || len(Loosened(got, s)) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAgentsValues(t *testing.T) {
	for value, want := range map[string]Agents{"deny": AgentsRefuse, "refuse": AgentsRefuse, "read-only": AgentsReadOnly} {
		s, err := Defaults().Would("", "agents", value)
		own, err2 := Defaults().Would("prod", "agents", value)
		if err != nil || err2 != nil || s.Agents != want || own.Profile("prod").Agents != want {
			t.Errorf("%s: %v, %v, %s, %s", value, err, err2, s.Agents, own.Profile("prod").Agents)
		}
	}
	for value, good := range map[string]bool{
		"": true, viewOnly: true, "arn:aws-cn:iam::aws:policy/ReadOnlyAccess": true, "arn:aws:iam::111111111111:policy/team/agents": true,
		"ReadOnlyAccess": false, "arn:aws:iam::111111111111:role/x": false, "arn:aws:iam:eu-west-1:aws:policy/x": false, "arn:aws:iam::aws:policy/x y": false, "arn:aws:iam::aws:policy/x#": false,
	} {
		if _, err := Defaults().Would("", "agents_policy", value); (err == nil) != good {
			t.Errorf("%q: %v", value, err)
		}
	}
}
