package plan

import (
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// TestReach: where the steps of a chain ask AWS, and by which of its endpoints: the
// environment goes first, then the profile that was asked for, then what is below it.
func TestReach(t *testing.T) {
	const one, two = "https://one.example", "https://two.example"
	endpoint := func(url string) vaultcore.Endpoints { return vaultcore.Endpoints{STS: url, SSO: url} }
	fips, plain := vaultcore.Reach{FIPS: vaultcore.On}, vaultcore.Reach{FIPS: vaultcore.Off}
	ignoring := vaultcore.Reach{Ignore: vaultcore.On, Endpoints: endpoint(one)}
	for name, c := range map[string]struct {
		env, role, base vaultcore.Reach
		want            [2]Step // the base's session and the role
	}{
		"nothing":                   {},
		"the base's, for both":      {base: vaultcore.Reach{Endpoints: endpoint(one)}, want: [2]Step{{Endpoint: one}, {Endpoint: one}}},
		"each its own":              {base: vaultcore.Reach{Endpoints: endpoint(one)}, role: vaultcore.Reach{Endpoints: endpoint(two)}, want: [2]Step{{Endpoint: one}, {Endpoint: two}}},
		"the role's, for it alone":  {role: vaultcore.Reach{Endpoints: endpoint(two)}, want: [2]Step{{}, {Endpoint: two}}},
		"the environment":           {env: vaultcore.Reach{Endpoints: endpoint(two)}, base: vaultcore.Reach{Endpoints: endpoint(one)}, want: [2]Step{{Endpoint: two}, {Endpoint: two}}},
		"ignored by all":            {env: ignoring, base: ignoring, role: ignoring},
		"ignored by the base":       {base: ignoring, role: vaultcore.Reach{Endpoints: endpoint(two)}, want: [2]Step{{}, {Endpoint: two}}},
		"ignored by the role":       {base: vaultcore.Reach{Endpoints: endpoint(one)}, role: ignoring, want: [2]Step{{Endpoint: one}, {}}},
		"not ignored after all":     {env: vaultcore.Reach{Ignore: vaultcore.Off}, base: ignoring, want: [2]Step{{Endpoint: one}, {Endpoint: one}}},
		"FIPS of the role":          {role: fips, want: [2]Step{{Variant: fips.Variant()}, {Variant: fips.Variant()}}},
		"FIPS of the base":          {base: fips, want: [2]Step{{Variant: fips.Variant()}, {Variant: fips.Variant()}}},
		"no FIPS for this role":     {base: fips, role: plain},
		"no FIPS for this program":  {base: fips, role: fips, env: plain},
		"IPv6 for this program":     {env: vaultcore.Reach{DualStack: vaultcore.On}, role: fips, want: [2]Step{{Variant: vaultcore.Variant{FIPS: true, DualStack: true}}, {Variant: vaultcore.Variant{FIPS: true, DualStack: true}}}},
		"attempts and certificates": {role: vaultcore.Reach{Attempts: 5}, base: vaultcore.Reach{Attempts: 2, Bundle: "/ca"}, want: [2]Step{{Attempts: 5, Via: vaultcore.Via{Bundle: "/ca"}}, {Attempts: 5, Via: vaultcore.Via{Bundle: "/ca"}}}},
	} {
		ps := vaultcore.NewProfiles([]vaultcore.Profile{{Name: "base", Reach: c.base}, {Name: "role", RoleARN: admin, SourceProfile: "base", Reach: c.role}})
		p, err := Resolve(ps, "role", Options{Keys: map[string]bool{"base": true}, Reach: c.env})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, want := range c.want {
			got := p.Steps[i+1]
			if got.Endpoint != want.Endpoint || got.Variant != want.Variant || got.Attempts != want.Attempts || got.Via != want.Via {
				t.Errorf("%s: step %d asks %q, %q, %d times, by %+v", name, i+1, got.Endpoint, got.Variant, got.Attempts, got.Via)
			}
		}
	}
}

// TestReachOfSources: each kind of source has the endpoints of its own service.
func TestReachOfSources(t *testing.T) {
	all := vaultcore.Endpoints{STS: "https://sts.example", IAM: "https://iam.example", SSO: "https://sso.example", OIDC: "https://oidc.example", SignIn: "https://signin.example"}
	ps := vaultcore.NewProfiles([]vaultcore.Profile{
		{Name: "sso", Source: sso(true)},
		{Name: "login", Source: vaultcore.Source{Kind: vaultcore.LoginSource, Key: "login_session", Value: "x"}},
		{Name: "webidentity", RoleARN: admin, Source: vaultcore.Source{Kind: vaultcore.WebIdentitySource, Key: "web_identity_token_file", Value: "/x"}},
		{Name: "process", Source: vaultcore.Source{Kind: vaultcore.ProcessSource, Key: "credential_process", Value: "x"}},
	})
	for name, want := range map[string][2]string{
		"sso": {all.SSO, all.OIDC}, "login": {all.SignIn}, "webidentity": {all.STS}, "process": {},
	} {
		p, err := Resolve(ps, name, Options{Reach: vaultcore.Reach{Endpoints: all}})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Steps[0]; got.Endpoint != want[0] || got.Authority != want[1] {
			t.Errorf("%s asks %q and %q", name, got.Endpoint, got.Authority)
		}
	}
}

// TestElsewhere: where a step asks, in words.
func TestElsewhere(t *testing.T) {
	both := vaultcore.Variant{FIPS: true, DualStack: true}
	for name, step := range map[string]Step{
		"AWS":               {Kind: Role},
		"endpoint":          {Kind: Role, Endpoint: "https://x"},
		"variant":           {Kind: Role, Variant: both},
		"endpoint, variant": {Kind: Role, Variant: both, Endpoint: "https://x"},
		"portal":            {Kind: "sso", Endpoint: "https://x", Authority: "https://x"},
		"portal, variant":   {Kind: "sso", Endpoint: "https://x", Variant: vaultcore.Variant{FIPS: true}},
		"sign-in":           {Kind: "sso", Authority: "https://y"},
		"variant, proxy":    {Kind: Role, Variant: vaultcore.Variant{DualStack: true}, Via: vaultcore.Via{Proxy: "http://p"}},
	} {
		golden.Message(t, name, step.Elsewhere())
	}
}
