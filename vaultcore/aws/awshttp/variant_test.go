package awshttp

import (
	"net"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestNoSuchVariant: not every region has a FIPS endpoint, which looks like a name that is
// not known; what was set is named.
func TestNoSuchVariant(t *testing.T) {
	unknown := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}}
	host := Host{Name: "sts-fips.eu-west-1.amazonaws.com", Region: "eu-west-1", Variant: vaultcore.Variant{FIPS: true}, Setting: "endpoint_url"}
	if f := host.Fault(unknown); !strings.Contains(f.Message, "AWS has no FIPS endpoint in region eu-west-1") || !strings.Contains(f.Hint, "use_fips_endpoint") {
		t.Errorf("%s (%s)", f.Message, f.Hint)
	}
}
