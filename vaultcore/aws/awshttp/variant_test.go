package awshttp

import (
	"net"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// TestNoSuchVariant: not every region has a FIPS endpoint, which looks like a name that is
// not known; what was set is named.
func TestNoSuchVariant(t *testing.T) {
	unknown := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}}
	host := Host{Name: "sts-fips.eu-west-1.amazonaws.com", Region: "eu-west-1", Variant: vaultcore.Variant{FIPS: true}, Setting: "endpoint_url"}
	f := host.Fault(unknown)
	golden.Message(t, "", f.Message+"\nhint: "+f.Hint)
}
