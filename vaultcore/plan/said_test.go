package plan

import (
	"slices"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestSaid: what the environment says goes before the config, for the steps that it is
// about and for no others.
func TestSaid(t *testing.T) {
	profiles := vaultcore.NewProfiles(append(sample(), vaultcore.Profile{Name: "stands", Alias: vaultcore.Alias{Profile: "audit"}}))
	device := Said{Profile: vaultcore.Profile{MFASerial: other}}
	times := Said{Profile: vaultcore.Profile{Duration: 30 * time.Minute}, Key: 2 * time.Hour, Chained: 12 * time.Hour}
	tags := Said{Profile: vaultcore.Profile{
		RoleSessionName: "build-7", SourceIdentity: "ci", SessionTags: []vaultcore.Tag{{Key: "team", Value: "blue"}}, TransitiveSessionTags: []string{"team"},
	}}
	type step struct {
		kind     Kind
		device   string
		duration time.Duration
		name     string
		identity string
		tags     int
	}
	for name, c := range map[string]struct {
		profile string
		said    Said
		asked   time.Duration
		want    []step
	}{
		"a device where the config has none": {"prod-plain", device, 0, []step{{kind: Key}, {Session, other, defaultSession, "", "", 0}, {Role, "", time.Hour, "vaultbar-ann", "", 0}}},
		"a device before that of the key":    {"bastion", device, 0, []step{{kind: Key}, {Session, other, defaultSession, "", "", 0}}},
		"a device before that of the role":   {"audit-own-first", device, 0, []step{{kind: Key}, {Session, other, defaultSession, "", "", 0}, {Role, "", time.Hour, "vaultbar-ann", "", 0}, {Role, "", time.Hour, "vaultbar-ann", "", 0}}},
		"a device for a role by itself":      {"prod-long", device, 0, []step{{kind: Key}, {Role, other, 4 * time.Hour, "vaultbar-ann", "", 0}}},
		"no device without a key":            {"above-sso", device, 0, []step{{kind: Kind(vaultcore.SSOSource)}, {Role, "", time.Hour, "vaultbar-ann", "", 0}}},
		"times of a key":                     {"plain", times, 0, []step{{kind: Key}, {Session, "", 2 * time.Hour, "", "", 0}}},
		"times of a chain":                   {"audit", times, 0, []step{{kind: Key}, {Session, ann, 12 * time.Hour, "", "", 0}, {Role, "", 30 * time.Minute, "vaultbar-ann", "", 0}, {Role, "", 30 * time.Minute, "vaultbar-ann", "", 0}}},
		"a flag goes before them":            {"plain", times, time.Hour, []step{{kind: Key}, {Session, "", time.Hour, "", "", 0}}},
		"what is of the profile asked for":   {"audit", tags, 0, []step{{kind: Key}, {Session, ann, defaultSession, "", "", 0}, {Role, "", time.Hour, "vaultbar-ann", "", 0}, {Role, "", time.Hour, "build-7", "ci", 1}}},
		"and through an alias":               {"stands", tags, 0, []step{{kind: Key}, {Session, ann, defaultSession, "", "", 0}, {Role, "", time.Hour, "vaultbar-ann", "", 0}, {Role, "", time.Hour, "build-7", "ci", 1}}},
		"not of a role below it":             {"mfa-above-role", tags, 0, []step{{kind: Key}, {Session, "", defaultSession, "", "", 0}, {Role, "", time.Hour, "vaultbar-ann", "", 0}}},
		"before what the config says":        {"everything", tags, 0, []step{{kind: Key}, {Session, "", defaultSession, "", "", 0}, {Role, "", time.Hour, "build-7", "ci", 1}}},
	} {
		o := sampleOptions()
		o.User, o.Said, o.Duration = "ann", c.said, c.asked
		p, err := Resolve(profiles, c.profile, o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []step
		for _, s := range p.Steps {
			one := step{s.Kind, s.MFASerial, s.Duration, s.RoleSessionName, s.SourceIdentity, len(s.Tags)}
			if s.Kind != Session && s.Kind != Role {
				one = step{kind: s.Kind}
			}
			got = append(got, one)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%+v\nnot\n%+v", name, got, c.want)
		}
	}
	// What a profile says is not changed for who asks next.
	if p, _ := profiles.Get("everything"); p.RoleSessionName != "deploy@ci" || p.SessionTags[0].Value != "core" {
		t.Errorf("the profile is now %+v", p)
	}
}
