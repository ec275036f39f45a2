package approval

import (
	"reflect"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/machine"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/source/sso"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// TestUseOf: what the steps of a plan touch, each once, and nothing where a step asks nobody.
func TestUseOf(t *testing.T) {
	via := vaultcore.Via{Proxy: "http://proxy.example.com:3128"}
	aws := []string{"https://sts.us-east-1.amazonaws.com", "https://iam.amazonaws.com"}
	session := plan.Step{Kind: plan.Session, Region: "us-east-1", Via: via}
	local := plan.Step{Kind: plan.Role, Region: "us-east-1", Endpoint: endpoint}
	portal := plan.Step{Kind: sso.Kind, Region: "us-east-1", Endpoint: "https://portal.example.com", Authority: "https://oidc.example.com"}
	for name, test := range map[string]struct {
		steps []plan.Step
		want  trust.Use
	}{
		"a key":                     {[]plan.Step{{Kind: plan.Key}}, trust.Use{}},
		"a key of a named account":  {[]plan.Step{{Kind: plan.Key, Region: "us-east-1"}}, trust.Use{Hosts: aws}},
		"what a program gives":      {[]plan.Step{{Kind: process.Kind}}, trust.Use{}},
		"the machine's own":         {[]plan.Step{{Kind: machine.Kind}}, trust.Use{}},
		"a container's":             {[]plan.Step{{Kind: machine.Kind, Endpoint: endpoint}}, trust.Use{Endpoints: []string{endpoint}}},
		"a session through a proxy": {[]plan.Step{{Kind: plan.Key}, session}, trust.Use{Hosts: aws, Via: via}},
		"two at one endpoint":       {[]plan.Step{{Kind: plan.Key}, local, local}, trust.Use{Endpoints: []string{endpoint}}},
		"a sign-in and a role":      {[]plan.Step{portal, local}, trust.Use{Endpoints: []string{endpoint}, SignIns: []string{portal.Endpoint, portal.Authority}}},
	} {
		if got := UseOf(plan.Plan{Steps: test.steps}); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
