package plan

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

const (
	ann   = "arn:aws:iam::111111111111:mfa/ann"
	other = "arn:aws:iam::111111111111:mfa/ann-break-glass"
	admin = "arn:aws:iam::222222222222:role/admin"
	audit = "arn:aws:iam::333333333333:role/teams/audit"
)

// token is the source of a profile whose role a token assumes.
var token = vaultcore.Source{Kind: vaultcore.WebIdentitySource, Key: "web_identity_token_file", Value: "/run/secrets/token"}

func fromMachine(what string) vaultcore.Source {
	return vaultcore.Source{Kind: vaultcore.MachineSource, Key: "credential_source", Value: what}
}

// sample is a config file as a team might have it.
func sample() []vaultcore.Profile {
	list := []vaultcore.Profile{
		{Name: "bastion", Region: "ap-northeast-1", MFASerial: ann},
		{Name: "plain", Region: "eu-west-1"},
		{Name: "bare"},
		{Name: "prod", Region: "ap-northeast-1", RoleARN: admin, SourceProfile: "bastion"},
		{Name: "prod-eu", Region: "eu-west-1", RoleARN: admin, SourceProfile: "bastion"},
		{Name: "prod-same-mfa", RoleARN: admin, SourceProfile: "bastion", MFASerial: ann},
		{Name: "prod-own-mfa", RoleARN: admin, SourceProfile: "bastion", MFASerial: other, Duration: 2 * time.Hour},
		{Name: "prod-long", RoleARN: admin, SourceProfile: "bastion", Duration: 4 * time.Hour},
		{Name: "prod-plain", RoleARN: admin, SourceProfile: "plain"},
		{Name: "prod-plain-mfa", RoleARN: admin, SourceProfile: "plain", MFASerial: ann},
		{Name: "audit", RoleARN: audit, SourceProfile: "prod", Duration: 4 * time.Hour},
		{Name: "audit-long-first", RoleARN: audit, SourceProfile: "prod-long"},
		{Name: "audit-own-first", RoleARN: audit, SourceProfile: "prod-own-mfa"},
		{Name: "audit-same-mfa", RoleARN: audit, SourceProfile: "prod", MFASerial: ann},
		{Name: "audit-own-mfa", RoleARN: audit, SourceProfile: "prod", MFASerial: other, File: "~/.aws/config", Line: 40},
		{Name: "everything", RoleARN: admin, SourceProfile: "bare", RoleSessionName: "deploy@ci", ExternalID: "ext-1",
			SourceIdentity: "ann", SessionTags: []vaultcore.Tag{{Key: "team", Value: "core"}}, TransitiveSessionTags: []string{"team"},
			STSRegionalEndpoints: "legacy", Reach: vaultcore.Reach{Endpoints: vaultcore.Endpoints{STS: "https://sts.example.com"}}},
		{Name: "self", RoleARN: admin, SourceProfile: "self", MFASerial: ann},
		{Name: "own-key", RoleARN: admin},
		{Name: "both", RoleARN: admin, SourceProfile: "bastion"},
		{Name: "shares", SourceProfile: "bastion", Region: "us-west-2"},
		{Name: "shares-mfa", SourceProfile: "plain", MFASerial: ann},
		{Name: "from-shares", RoleARN: admin, SourceProfile: "shares-mfa"},
		{Name: "above-plain-role", RoleARN: admin, SourceProfile: "plain-role"},
		{Name: "plain-role", RoleARN: audit, SourceProfile: "plain"},
		{Name: "mfa-above-role", SourceProfile: "plain-role", MFASerial: ann},
		{Name: "keyed-sharer", SourceProfile: "bastion"},
		{Name: "gov", RoleARN: "arn:aws-us-gov:iam::444444444444:role/ops", SourceProfile: "bare"},
		{Name: "cn", MFASerial: "arn:aws-cn:iam::555555555555:mfa/li"},
		{Name: "sso-key", Source: sso(true)},
		{Name: "sso", Source: sso(true), Region: "eu-west-1"},
		{Name: "above-sso", RoleARN: admin, SourceProfile: "sso", Duration: 2 * time.Hour},
		{Name: "mfa-above-sso", RoleARN: admin, SourceProfile: "sso", MFASerial: ann},
		{Name: "pod", RoleARN: admin, Source: token, Region: "eu-west-1", MFASerial: ann, Reach: vaultcore.Reach{Endpoints: vaultcore.Endpoints{STS: "https://sts.example.com"}}},
		{Name: "pod-long", RoleARN: admin, Source: token, Duration: 4 * time.Hour, RoleSessionName: "ci"},
		{Name: "pod-without-role", Source: token, File: "~/.aws/config", Line: 50},
		{Name: "pod-elsewhere", RoleARN: admin, Source: token, Region: "cn-north-1"},
		{Name: "pod-program", RoleARN: admin, Source: vaultcore.Source{Kind: vaultcore.WebIdentitySource, Key: "web_identity_token_process", Value: "mint --aud x"}},
		{Name: "ci", RoleARN: admin, Source: fromMachine(OfEnvironment), Duration: 4 * time.Hour, MFASerial: ann},
		{Name: "ci-without-role", Source: fromMachine(OfEnvironment), File: "~/.aws/config", Line: 60},
		{Name: "above-ci", RoleARN: audit, SourceProfile: "ci"},
		{Name: "task", Source: fromMachine(OfContainer)},
		{Name: "task-role", RoleARN: admin, Source: fromMachine(OfContainer), Duration: 4 * time.Hour},
		{Name: "instance", RoleARN: admin, Source: fromMachine(OfInstance)},
		{Name: "above-pod", RoleARN: audit, SourceProfile: "pod-long", Duration: 2 * time.Hour},
		{Name: "program", Source: vaultcore.Source{Kind: vaultcore.ProcessSource, Key: "credential_process", Value: "/bin/other"}},
		{Name: "above-program", RoleARN: admin, SourceProfile: "program", Duration: 2 * time.Hour},
		{Name: "over-program", RoleARN: admin, Source: vaultcore.Source{Kind: vaultcore.ProcessSource, Key: "credential_process", Value: "/bin/other"}},
		{Name: "code-program", MFASerial: ann, MFAProcess: "/bin/code --for ann"},
		{Name: "yubikey", MFASerial: ann, MFAPrompt: "ykman"},
		{Name: "role-of-code-program", RoleARN: admin, SourceProfile: "code-program", Duration: 4 * time.Hour},
		{Name: "alias", Alias: vaultcore.Alias{Profile: "prod"}, MFASerial: other},
		{Name: "alias-of-alias", Region: "eu-west-3", Alias: vaultcore.Alias{Profile: "alias", Duration: 4 * time.Hour}},
		{Name: "alias-long-term", Alias: vaultcore.Alias{Profile: "bastion", NoSession: true}},
		{Name: "above-alias", RoleARN: audit, SourceProfile: "alias"},
		{Name: "above-long-term", RoleARN: audit, SourceProfile: "alias-long-term"},
		{Name: "alias-of-a-key", Alias: vaultcore.Alias{Profile: "stray"}},
		{Name: "keyed-alias", Alias: vaultcore.Alias{Profile: "bastion"}},
	}
	return list
}

func keys(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

func sampleOptions() Options {
	return Options{
		Keys: keys("bastion", "plain", "bare", "self", "own-key", "both", "keyed-sharer", "cn", "sso-key", "stray", "keyed-alias", "code-program", "yubikey"),
		User: "ann",
	}
}

// TestPlans holds every kind of plan against what is told of it.
func TestPlans(t *testing.T) {
	names := []string{"stray"}
	for _, p := range sample() {
		names = append(names, p.Name)
	}
	variants := []struct {
		name string
		set  func(*Options)
	}{
		{"", func(*Options) {}},
		{"machine", func(o *Options) {
			o.Machine = Machine{Keys: "k1", Temporary: true, Container: "http://169.254.170.2/v2/credentials/x", Token: "t1", Metadata: "http://127.0.0.1:1338"}
		}},
		{"no-session", func(o *Options) { o.NoSession = true }},
		{"duration", func(o *Options) { o.Duration = 2 * time.Hour }},
		{"agent", func(o *Options) { o.Agent = Agent{Name: "claude", Named: true} }},
		{"agent-tagged", func(o *Options) { o.Agent = Agent{Name: "my bot/2", Named: true, Tagged: true} }},
		{"agent-read-only", func(o *Options) { o.Agent = Agent{Name: "claude", ReadOnly: true, Named: true} }},
		{"region", func(o *Options) { o.Region, o.SessionDuration = "us-east-2", 12*time.Hour }},
	}
	for _, v := range variants {
		var b strings.Builder
		for _, name := range names {
			o := sampleOptions()
			v.set(&o)
			fmt.Fprintf(&b, "%s\n", printed(vaultcore.NewProfiles(sample()), name, o))
		}
		golden.Check(t, strings.TrimSuffix("plans-"+v.name, "-")+".txt", b.String())
	}
}

// printed is everything that a plan says, as text.
func printed(ps vaultcore.Profiles, name string, o Options) string {
	p, err := Resolve(ps, name, o)
	if err != nil {
		return fmt.Sprintf("%s\n    error: %v\n    hint: %s\n", name, err, vaultcore.Hint(err))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n    %s\n", name, p.Title(), p)
	for i, s := range p.Steps {
		fmt.Fprintf(&b, "  %d. %-22s %s\n", i+1, s.Title(), s.Detail())
		if s.Kind != Key {
			fmt.Fprintf(&b, "       of %s, MFA behind it: %v, in %s %s name=%q ext=%q id=%q tags=%v %v\n",
				s.Profile, s.BehindMFA, s.Region, s.Endpoint, s.RoleSessionName, s.ExternalID, s.SourceIdentity, s.Tags, s.TransitiveTags)
		}
		for _, why := range s.Reasons {
			fmt.Fprintf(&b, "       - %s\n", why)
		}
	}
	for _, w := range p.Warnings {
		fmt.Fprintf(&b, "  warning: %s\n", w)
	}
	return b.String()
}

// TestRefusals holds each thing that cannot be planned against the sentence
// that says so.
func TestRefusals(t *testing.T) {
	base := vaultcore.Profile{Name: "base", Region: "us-east-1", MFASerial: ann}
	role := func(set func(*vaultcore.Profile)) []vaultcore.Profile {
		p := vaultcore.Profile{Name: "x", RoleARN: admin, SourceProfile: "base", File: "~/.aws/config", Line: 7}
		set(&p)
		return []vaultcore.Profile{base, p}
	}
	broken := vaultcore.Faultf(vaultcore.ErrConfig, "~/.aws/config:9: source_profile goes round in a loop").WithHint("break it")
	tests := []struct {
		name     string
		profiles []vaultcore.Profile
		options  Options
		kind     error
	}{
		{"unknown profile", role(func(p *vaultcore.Profile) { p.Name = "xy" }), Options{}, vaultcore.ErrNoProfile},
		{"unknown profile, empty file", nil, Options{File: "/etc/aws"}, vaultcore.ErrNoProfile},
		{"broken profile", role(func(p *vaultcore.Profile) { p.Err = broken }), Options{}, vaultcore.ErrConfig},
		{"broken source", []vaultcore.Profile{{Name: "base", Err: broken}, {Name: "x", RoleARN: admin, SourceProfile: "base"}}, Options{}, vaultcore.ErrConfig},
		{"unknown source", role(func(p *vaultcore.Profile) { p.SourceProfile = "bose" }), Options{}, vaultcore.ErrConfig},
		{"loop", []vaultcore.Profile{{Name: "x", RoleARN: admin, SourceProfile: "y"}, {Name: "y", RoleARN: admin, SourceProfile: "x"}}, Options{}, vaultcore.ErrConfig},
		{"no key", []vaultcore.Profile{{Name: "x"}}, Options{}, vaultcore.ErrNoCredentials},
		{"role without a source", []vaultcore.Profile{{Name: "x", RoleARN: admin}}, Options{}, vaultcore.ErrNoCredentials},
		{"an alias of nothing", []vaultcore.Profile{{Name: "x", Alias: vaultcore.Alias{Profile: "bose"}, File: "~/.aws/config", Line: 7}, {Name: "base"}}, Options{}, vaultcore.ErrConfig},
		{"an alias of itself by way of another", []vaultcore.Profile{{Name: "x", Alias: vaultcore.Alias{Profile: "y"}}, {Name: "y", Alias: vaultcore.Alias{Profile: "x"}}}, Options{}, vaultcore.ErrConfig},
		{"region of another partition", role(func(p *vaultcore.Profile) { p.Region = "cn-north-1" }), Options{}, vaultcore.ErrConfig},
		{"key of another partition", role(func(p *vaultcore.Profile) { p.RoleARN = "arn:aws-us-gov:iam::222222222222:role/a" }), Options{}, vaultcore.ErrConfig},
		{"unknown partition", []vaultcore.Profile{{Name: "base"}, {Name: "x", RoleARN: "arn:aws-moon:iam::222222222222:role/a", SourceProfile: "base"}}, Options{},
			vaultcore.ErrConfig},
		{"security key", role(func(p *vaultcore.Profile) { p.MFASerial = "arn:aws:iam::111111111111:u2f/user/ann/key-1" }), Options{}, vaultcore.ErrConfig},
		{"security key of the base", []vaultcore.Profile{{Name: "x", MFASerial: "arn:aws:iam::111111111111:u2f/user/ann/key-1"}}, Options{Keys: keys("x")}, vaultcore.ErrConfig},
		{"asked for too long a role", role(func(*vaultcore.Profile) {}), Options{Duration: 13 * time.Hour}, vaultcore.ErrRequest},
		{"asked for too short a session", []vaultcore.Profile{{Name: "x"}}, Options{Duration: time.Minute, Keys: keys("x")}, vaultcore.ErrRequest},
		{"negative", []vaultcore.Profile{{Name: "x"}}, Options{Duration: -time.Hour, Keys: keys("x")}, vaultcore.ErrRequest},
		{"setting", role(func(*vaultcore.Profile) {}), Options{SessionDuration: 37 * time.Hour}, vaultcore.ErrConfig},
		{"asked for a strange region", role(func(*vaultcore.Profile) {}), Options{Region: "us-east-1.evil.com"}, vaultcore.ErrRequest},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.options.Keys == nil {
				test.options.Keys = keys("base")
			}
			p, err := Resolve(vaultcore.NewProfiles(test.profiles), "x", test.options)
			if err == nil {
				t.Fatalf("planned: %s", p)
			}
			if !errors.Is(err, test.kind) {
				t.Errorf("%v is not %v", err, test.kind)
			}
			if strings.Contains(err.Error(), "\n") || vaultcore.Hint(err) == "" {
				t.Errorf("message %q, want one line and a hint", err)
			}
			golden.Message(t, "", testkit.ErrorText(err))
		})
	}
}

// TestLaterMFA holds that a device which no step could answer for is refused.
func TestLaterMFA(t *testing.T) {
	_, err := Resolve(vaultcore.NewProfiles(sample()), "audit-own-mfa", sampleOptions())
	if !errors.Is(err, vaultcore.ErrConfig) {
		t.Error(err)
	}
	golden.Message(t, "", testkit.ErrorText(err))
}

func TestSessionName(t *testing.T) {
	for user, want := range map[string]string{
		"":                       "vaultbar",
		"ann":                    "vaultbar-ann",
		`CORP\ann`:               "vaultbar-CORP-ann",
		"ann.o@example.com":      "vaultbar-ann.o@example.com",
		"ann  o'neil":            "vaultbar-ann-o-neil",
		"李":                      "vaultbar",
		strings.Repeat("a", 100): "vaultbar-" + strings.Repeat("a", 55),
	} {
		got := sessionName(user)
		if got != want || aws.SessionName(got) != got || len(got) > 64 {
			t.Errorf("sessionName(%q) = %q, want %q", user, got, want)
		}
	}
}
