package sso

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// asked notes the hosts of requests, and lets none out.
type asked []string

func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	*a = append(*a, r.URL.Scheme+"://"+r.URL.Host)
	return nil, errors.New("there is no network")
}

// TestPlaces: the portal and the service that signs in are asked in two places, at
// AWS's own hosts by the variant that a profile wants.
func TestPlaces(t *testing.T) {
	const here, there = "https://here.example", "https://there.example"
	fips, dual := vaultcore.Variant{FIPS: true}, vaultcore.Variant{DualStack: true}
	for _, c := range []struct {
		region            string
		step              plan.Step
		authority, portal string
	}{
		{"us-east-1", plan.Step{}, "https://oidc.us-east-1.amazonaws.com", "https://portal.sso.us-east-1.amazonaws.com"},
		{"us-east-1", plan.Step{Variant: fips}, "https://oidc-fips.us-east-1.amazonaws.com", "https://portal.sso-fips.us-east-1.amazonaws.com"},
		{"us-east-1", plan.Step{Variant: dual}, "https://oidc.us-east-1.api.aws", "https://portal.sso.us-east-1.api.aws"},
		{"us-gov-west-1", plan.Step{Variant: fips}, "https://oidc.us-gov-west-1.amazonaws.com", "https://portal.sso.us-gov-west-1.amazonaws.com"},
		{"cn-north-1", plan.Step{}, "https://oidc.cn-north-1.amazonaws.com.cn", "https://portal.sso.cn-north-1.amazonaws.com.cn"},
		{"cn-north-1", plan.Step{Variant: dual}, "https://oidc.cn-north-1.api.amazonwebservices.com.cn", "https://portal.sso.cn-north-1.api.amazonwebservices.com.cn"},
		{"eusc-de-east-1", plan.Step{}, "https://oidc.eusc-de-east-1.amazonaws.eu", "https://portal.sso.eusc-de-east-1.amazonaws.eu"},
		{"us-east-1", plan.Step{Endpoint: here, Variant: fips}, "https://oidc-fips.us-east-1.amazonaws.com", here},
		{"us-east-1", plan.Step{Authority: there}, there, "https://portal.sso.us-east-1.amazonaws.com"},
		{"us-east-1", plan.Step{Authority: there, Endpoint: here, Variant: fips}, there, here},
	} {
		step := c.step
		step.Source.SignIn = vaultcore.SignIn{Session: "corp", StartURL: startURL, Region: c.region}
		var out asked
		at := targetOf(step)
		at.Attempts, at.HTTP = 1, &http.Client{Transport: &out}
		if err := at.check(); err != nil {
			t.Fatal(err)
		}
		authority := NewAuthority(step.Source.SignIn, at)
		_, err := authority.register(t.Context(), Registration{}, grantDevice)
		_, err2 := NewPortal(step.Source.SignIn, at).Credentials(t.Context(), vaultcore.NewSecret("t"), Role{"111111111111", "Admin"})
		if err == nil || err2 == nil || !slices.Equal(out, asked{c.authority, c.portal}) {
			t.Errorf("%s, %+v: asked %q", c.region, c.step, out)
		}
		var own []string
		for _, host := range []string{c.authority, c.portal} {
			if !strings.HasSuffix(host, ".example") {
				own = append(own, host)
			}
		}
		if got := Hosts(step); !slices.Equal(got, own) {
			t.Errorf("%s, %+v: reaches %q of AWS", c.region, c.step, got)
		}
	}
}

// TestPlacesRefused: bearer tokens go by https, or to this machine.
func TestPlacesRefused(t *testing.T) {
	for _, at := range []Target{
		{Portal: "http://portal.example.com"}, {Authority: "http://oidc.example.com"},
		{Authority: "ftp://oidc.example.com"}, {Portal: "https://ann:pw@portal.example.com"},
	} {
		err := at.check()
		if !errors.Is(err, vaultcore.ErrConfig) || vaultcore.Hint(err) == "" || strings.Contains(err.Error(), "pw") {
			t.Errorf("%+v: %v", at, err)
		}
	}
	for _, at := range []Target{{}, {Portal: "http://127.0.0.1:4566", Authority: "http://localhost:1"}} {
		if err := at.check(); err != nil {
			t.Errorf("%+v: %v", at, err)
		}
	}
}
