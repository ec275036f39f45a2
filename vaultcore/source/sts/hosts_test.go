package sts_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// nowhere notes where requests would go, and lets none out.
type nowhere struct{ hosts []string }

func (n *nowhere) For(vaultcore.Via) (http.RoundTripper, error) { return n, nil }

func (n *nowhere) RoundTrip(r *http.Request) (*http.Response, error) {
	n.hosts = append(n.hosts, r.URL.Host)
	return nil, errors.New("there is no network")
}

// TestHosts: which of AWS's own hosts are asked, in each partition and variant, and
// that what is said of them beforehand is what happens.
func TestHosts(t *testing.T) {
	fips, dual, both := vaultcore.Variant{FIPS: true}, vaultcore.Variant{DualStack: true}, vaultcore.Variant{FIPS: true, DualStack: true}
	for _, c := range []struct {
		region   string
		variant  vaultcore.Variant
		sts, iam string // empty: AWS has none
	}{
		{"eu-west-1", vaultcore.Variant{}, "sts.eu-west-1.amazonaws.com", "iam.amazonaws.com"},
		{"us-east-1", fips, "sts-fips.us-east-1.amazonaws.com", "iam-fips.amazonaws.com"},
		{"us-west-2", dual, "sts.us-west-2.api.aws", "iam.global.api.aws"},
		{"us-west-2", both, "sts-fips.us-west-2.api.aws", "iam-fips.global.api.aws"},
		{"us-gov-west-1", vaultcore.Variant{}, "sts.us-gov-west-1.amazonaws.com", "iam.us-gov.amazonaws.com"},
		{"us-gov-west-1", fips, "sts.us-gov-west-1.amazonaws.com", "iam.us-gov.amazonaws.com"},
		{"cn-north-1", vaultcore.Variant{}, "sts.cn-north-1.amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn"},
		{"eusc-de-east-1", vaultcore.Variant{}, "sts.eusc-de-east-1.amazonaws.eu", "iam.eusc-de-east-1.amazonaws.eu"},
		{"us-iso-east-1", vaultcore.Variant{}, "sts.us-iso-east-1.c2s.ic.gov", "iam.us-iso-east-1.c2s.ic.gov"},
	} {
		var want []string
		for _, host := range []string{c.sts, c.iam} {
			if host != "" {
				want = append(want, "https://"+host)
			}
		}
		at := sts.Target{Region: c.region, Variant: c.variant, Attempts: 1}
		if got := at.Hosts(); !slices.Equal(got, want) {
			t.Errorf("%s %s: %q", c.region, c.variant, got)
		}
		out := &nowhere{}
		_, err := sts.New(sts.Options{Carriers: out}).WhoIs(t.Context(), at, aKey)
		if !slices.Equal(out.hosts, []string{c.sts}) {
			t.Errorf("%s %s: %q is asked, %v", c.region, c.variant, out.hosts, err)
		}
	}
	if hosts := (sts.Target{Region: "eu-west-1", Endpoint: "https://x", Variant: fips}).Hosts(); hosts != nil {
		t.Errorf("an endpoint in AWS's place leads to %q", hosts)
	}
}

var aKey = vaultcore.Credentials{AccessKeyID: "AKIAABCDEFGHIJKLMNOP", SecretAccessKey: vaultcore.NewSecret("s")}

// TestAttempts: a profile says how often a request is sent.
func TestAttempts(t *testing.T) {
	for attempts, want := range map[int]int{0: 3, 1: 1, 5: 5} {
		out := &nowhere{}
		step := plan.Step{Kind: plan.Session, Region: region, Attempts: attempts, Duration: time.Hour}
		_, err := sts.New(sts.Options{Carriers: out, Pause: time.Microsecond}).Run(t.Context(), step, aKey, vaultcore.Secret{})
		if err == nil || len(out.hosts) != want {
			t.Errorf("max_attempts %s: %d attempts, %v", fmt.Sprint(attempts), len(out.hosts), err)
		}
	}
}
