package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestLoosened: each setting in the direction that gives up a protection, and in
// the other, which gives up none.
func TestLoosened(t *testing.T) {
	for _, test := range []struct{ key, tight, loose string }{
		{"allow_no_session", "no", "yes"},
		{"notify_first_use", "yes", "no"},
		{"notify_agents", "yes", "no"},
		{"lock_on_screen_lock", "yes", "no"},
		{"lock_after_idle", "15m", "never"},
		{"lock_after_idle", "15m", "1h"},
		{"links", "no", "yes"},
		{"link_accounts", "", "111111111111"},
	} {
		tight, loose := Defaults(), Defaults()
		setting, ok := Lookup(test.key)
		if !ok || !setting.Protects() || !setting.set(&tight, test.tight) || !setting.set(&loose, test.loose) {
			t.Fatalf("%s: %+v", test.key, setting)
		}
		got := Loosened(tight, loose)
		if len(got) != 1 || got[0].Key != test.key || got[0].Value != test.loose || got[0].Gives == "" {
			t.Errorf("%s: %+v", test.key, got)
		}
		for _, none := range [][2]Settings{{loose, tight}, {tight, tight}, {loose, loose}} {
			if got := Loosened(none[0], none[1]); len(got) != 0 {
				t.Errorf("%s: the other way %+v", test.key, got)
			}
		}
	}
}

// A list gives up a protection by each entry that it did not have.
func TestLoosenedByMore(t *testing.T) {
	list := Setting[string]{get: func(s string) string { return s }}.loosenedByMore("Requests may then go there.")
	for _, test := range []struct {
		before, after string
		want          bool
	}{
		{"", "", false}, {"", "a", true}, {"a", "", false}, {"a, b", "b,a", false}, {"a", "b", true}, {"a b", "a b c", true},
	} {
		if got := list.loosens(test.before, test.after); got != test.want {
			t.Errorf("%q to %q: %t", test.before, test.after, got)
		}
	}
}

func TestRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s", "protections.ini")
	if _, ok := Remembered(path); ok {
		t.Error("remembers what was never written")
	}
	own := Defaults()
	own.AllowNoSession, own.Links = false, true
	for range 2 {
		if err := Remember(path, own); err != nil {
			t.Fatal(err)
		}
	}
	got, ok := Remembered(path)
	if !ok || got.AllowNoSession || !got.Links || len(Loosened(own, got)) != 0 || len(Loosened(got, own)) != 0 {
		t.Errorf("%t, %+v", ok, got)
	}
	if err := os.WriteFile(path, []byte("links = perhaps\n\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, ok := Remembered(path); !ok || got.Links {
		t.Errorf("of a file that cannot be read: %t, links %t", ok, got.Links)
	}
}

func TestWould(t *testing.T) {
	s := Defaults()
	got, err := s.Would("", "links", "on")
	if err != nil || !got.Links || s.Links {
		t.Errorf("%v, %t, and here %t", err, got.Links, s.Links)
	}
	for key, value := range map[string]string{"nosuch": "1", "links": "perhaps"} {
		if _, err := s.Would("", key, value); !errors.Is(err, vaultcore.ErrRequest) || vaultcore.Hint(err) == "" {
			t.Errorf("%s %s: %v", key, value, err)
		}
	}
}

// What a profile gives up is asked of the person, and remembered, as it is for all.
func TestProfilesLoosened(t *testing.T) {
	from := func(p Profile) Settings { return Settings{Profiles: map[string]Profile{"prod": p}} }
	tests := []struct {
		before, after Profile
		want          string
	}{
		{Profile{}, Profile{Protected: Asked}, ""},
		{Profile{Protected: Asked}, Profile{}, "protected agents"},
		{Profile{Protected: Asked, Agents: AgentsRefuse}, Profile{Protected: Asked}, "agents"},
		{Profile{Protected: Asked}, Profile{Protected: Asked, Agents: AgentsAsk}, ""},
		{Profile{Protected: Asked}, Profile{Protected: Asked, Agents: AgentsAllow}, "agents"},
		{Profile{Agents: AgentsAllow}, Profile{Agents: AgentsRefuse}, ""},
		{Profile{Protected: Asked}, Profile{Protected: Typed}, ""},
		{Profile{Protected: Typed}, Profile{Protected: Asked}, "protected"},
		{Profile{Protected: Typed}, Profile{Protected: Unprotected}, "protected agents"},
		{Profile{}, Profile{Protected: Unprotected}, ""},
	}
	path := filepath.Join(t.TempDir(), "protections.ini")
	for _, test := range tests {
		var got []string
		for _, what := range Loosened(from(test.before), from(test.after)) {
			if what.Profile != "prod" || what.Gives == "" {
				t.Errorf("%+v", what)
			}
			got = append(got, what.Key)
		}
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%+v to %+v gives up %q, want %q", test.before, test.after, text, test.want)
		}
		if err := Remember(path, from(test.before)); err != nil {
			t.Fatal(err)
		}
		remembered, ok := Remembered(path)
		if !ok || len(Loosened(from(test.before), remembered)) != 0 || len(Loosened(remembered, from(test.after))) != len(got) {
			t.Errorf("%+v is remembered as %+v", test.before, remembered.Profiles)
		}
	}
	if gone := Loosened(from(Profile{Protected: Asked}), Settings{}); len(gone) != 2 {
		t.Errorf("with its section gone: %+v", gone)
	}
}

// How a profile is protected is written as a flag, or typed; of two protections the
// stronger one counts.
func TestProtection(t *testing.T) {
	for value, want := range map[string]Protection{"yes": Asked, "on": Asked, "no": Unprotected, "TYPED": Typed} {
		got, err := Settings{}.Would("prod", "protected", value)
		if p := got.Profile("prod").Protected; err != nil || p != want || p.Asks() != (want != Unprotected) {
			t.Errorf("%s is %q, %v", value, p, err)
		}
	}
	if _, err := (Settings{}).Would("prod", "protected", "perhaps"); !errors.Is(err, vaultcore.ErrRequest) {
		t.Error(err)
	}
	for _, test := range [][3]Protection{{Undecided, Asked, Asked}, {Asked, Typed, Typed}, {Typed, Asked, Typed}, {Unprotected, Undecided, Unprotected}} {
		if got := (Profile{Protected: test[0]}).With(Profile{Protected: test[1]}).Protected; got != test[2] {
			t.Errorf("%q with %q is %q", test[0], test[1], got)
		}
	}
}

// TestWhatStartsFromAProtectedRole: a profile that goes on from a protected role to another
// one is behind the same rules, whoever has written it; what starts from the same key is
// not.
func TestWhatStartsFromAProtectedRole(t *testing.T) {
	arn := func(name string) string { return "arn:aws:iam::222222222222:role/" + name }
	profiles := vaultcore.NewProfiles([]vaultcore.Profile{
		{Name: "base"}, {Name: "prod", RoleARN: arn("prod"), SourceProfile: "base"},
		{Name: "beyond", RoleARN: arn("beyond"), SourceProfile: "prod"}, {Name: "sly", RoleARN: arn("prod"), SourceProfile: "base"},
		{Name: "beyond-sly", RoleARN: arn("beyond"), SourceProfile: "sly"}, {Name: "beside", RoleARN: arn("beside"), SourceProfile: "base"},
		{Name: "same", SourceProfile: "base"},
	})
	own := Settings{Profiles: map[string]Profile{
		"prod": {Protected: Asked, Agents: AgentsReadOnly}, "base": {Protected: Asked},
	}}
	rule := own.Protection(profiles, profiles)
	for name, want := range map[string]struct {
		asked  bool
		agents Agents
		by     string
	}{
		"prod": {true, AgentsReadOnly, ""}, "beyond": {true, AgentsReadOnly, "prod"}, "sly": {true, AgentsReadOnly, "prod"},
		"beyond-sly": {true, AgentsReadOnly, "prod"}, "beside": {false, AgentsAllow, ""}, "base": {true, AgentsAsk, ""}, "same": {true, AgentsAsk, "base"},
	} {
		if got, by := rule(name); got.Protected.Asks() != want.asked || got.ForAgents() != want.agents || by != want.by {
			t.Errorf("%s: %+v by %q", name, got, by)
		}
	}
}
