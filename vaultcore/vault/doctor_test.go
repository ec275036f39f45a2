package vault

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// examined is what a vault says of itself, by the names of the checks. It must not hold
// a secret, nor ask AWS when nobody wants that.
func examined(t *testing.T, s *Vault, world awstest.World, r agent.DoctorRequest) map[string]vaultcore.Check {
	t.Helper()
	before := len(world.Server.Calls())
	r.Seen = vaultcore.SurroundingsOf(func(name string) string { return map[string]string{"AWS_CONFIG_FILE": s.paths.Config}[name] }, "")
	result, err := s.Doctor(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(world.Server.Calls()); n != before && !r.Online {
		t.Errorf("AWS was asked %d times", n-before)
	}
	text, err := json.Marshal(result)
	if err != nil || strings.Contains(string(text), world.Key.Secret().Reveal()) || strings.Contains(string(text), world.Key.ID()) {
		t.Errorf("a key is in\n%s (%v)", text, err)
	}
	byName := map[string]vaultcore.Check{}
	for _, c := range result.Checks {
		if c.Verdict != vaultcore.CheckOK && c.Next == "" {
			t.Errorf("%q has no next step", c.Text)
		}
		byName[c.Name] = c
	}
	return byName
}

// What only the app can see is looked at in the app, and it asks AWS only when told to.
func TestDoctor(t *testing.T) {
	s, world := newVault(t, inMemory)
	fine := examined(t, s, world, agent.DoctorRequest{Profile: "robot", Online: true})
	for _, name := range []string{"keychain", "config", "desktop", "route", "AWS", "clock", "key", "Vaultbar"} {
		if fine[name].Verdict != vaultcore.CheckOK {
			t.Errorf("%s: %+v", name, fine[name])
		}
	}
	if !strings.Contains(fine["key"].Text, ":user/robot") {
		t.Errorf("the key is %q", fine["key"].Text)
	}
	for _, test := range []struct {
		name, check string
		breaks      func()
		want        vaultcore.Verdict
	}{
		{"a clock that is behind", "clock", func() { world.Server.SetClockOffset(5 * time.Minute) }, vaultcore.CheckWarn},
		{"a clock that AWS refuses", "clock", func() { world.Server.SetClockOffset(-time.Hour) }, vaultcore.CheckFail},
		{"a dead key", "key", func() {
			world.Server.SetClockOffset(0)
			world.Server.Fault(awstest.Fault{Action: "GetCallerIdentity", Times: 1, Kind: awstest.Refuse("InvalidClientTokenId")})
		}, vaultcore.CheckFail},
		{"a key of another account", "key", func() {
			extend(t, s, "[profile robot]\naws_account_id = "+otherAccount+"\n")
		}, vaultcore.CheckFail},
		{"a desktop without dialogs", "desktop", func() {
			s.desktop.(*fakeDesktop).missing = vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "zenity is not installed").WithHint("install it")
		}, vaultcore.CheckWarn},
		{"a way that is not trusted", "AWS", func() {
			if err := settings.Set(s.settings.File(), "trusted_endpoints", ""); err != nil {
				t.Fatal(err)
			}
			if err := s.reload(); err != nil {
				t.Fatal(err)
			}
		}, vaultcore.CheckWarn},
	} {
		test.breaks()
		c := examined(t, s, world, agent.DoctorRequest{Profile: "robot", Online: true})[test.check]
		if c.Verdict != test.want {
			t.Errorf("%s: %+v", test.name, c)
		}
		golden.Message(t, test.name, c.Text)
	}
	examined(t, s, world, agent.DoctorRequest{Profile: "robot"})
}

// An AWS that does not answer is said not to.
func TestDoctorWithoutAWS(t *testing.T) {
	s, world := newVault(t, inMemory)
	world.Server.Close()
	if c := examined(t, s, world, agent.DoctorRequest{Profile: "robot", Online: true})["AWS"]; c.Verdict != vaultcore.CheckFail {
		t.Errorf("%+v", c)
	}
}

// With a profile, the places where AWS's tools look are listed.
func TestDoctorSearches(t *testing.T) {
	s, _ := newVault(t, inMemory)
	seen := vaultcore.Surroundings{Variables: map[string]string{"AWS_CONFIG_FILE": s.paths.Config}}
	result, err := s.Doctor(t.Context(), agent.DoctorRequest{Profile: "hoge-system", Seen: seen})
	if err != nil || len(result.Searches) != 2 {
		t.Fatalf("%+v, %v", result, err)
	}
	for _, search := range result.Searches {
		if !slices.ContainsFunc(search.Places, func(p vaultcore.Candidate) bool { return p.Wins && p.Name == "role_arn" }) {
			t.Errorf("%s", fmt.Sprint(search))
		}
	}
}
