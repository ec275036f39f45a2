package sso

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/vaultbar/vaultbar/vaultcore"
	vaultaws "github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Target is how the two services of IAM Identity Center are reached.
type Target struct {
	Portal    string            // asked instead of AWS's own for credentials; empty for that
	Authority string            // asked instead of AWS's own for sign-ins; empty for that
	Variant   vaultcore.Variant // of AWS's own
	Attempts  int               // how often credentials are asked for at most; 0 for as often as is usual
	HTTP      *http.Client      // carries the requests
}

func targetOf(step plan.Step) Target {
	return Target{Portal: step.Endpoint, Authority: step.Authority, Variant: step.Variant, Attempts: step.Attempts}
}

// Hosts are the addresses of AWS's own hosts that a step reaches: none where an endpoint
// stands for them.
func Hosts(step plan.Step) []string {
	at, region := targetOf(step), step.Source.SignIn.Region
	var hosts []string
	if at.Authority == "" {
		hosts = append(hosts, at.authority(region))
	}
	if at.Portal == "" {
		hosts = append(hosts, portalHost(region, at.Variant))
	}
	return hosts
}

// check refuses a place where bearer tokens must not be sent.
func (at Target) check() error {
	for _, endpoint := range []string{at.Authority, at.Portal} {
		if endpoint == "" {
			continue
		}
		if _, reason := vaultaws.Endpoint(endpoint); reason != "" {
			return vaultcore.Faultf(vaultcore.ErrConfig, "the endpoint for IAM Identity Center %s", reason).
				WithHint("check endpoint_url of the profile, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SSO and AWS_ENDPOINT_URL_SSO_OIDC")
		}
	}
	return nil
}

// authority is the address of the service that signs people in; of AWS's own by the SDK's
// rules.
func (at Target) authority(region string) string {
	if at.Authority != "" {
		return at.Authority
	}
	e, _ := ssooidc.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), // it asks nobody, and knows every region
		ssooidc.EndpointParameters{Region: &region, UseFIPS: &at.Variant.FIPS, UseDualStack: &at.Variant.DualStack})
	return e.URI.String()
}

// portalHost is AWS's own host of the portal in a region.
func portalHost(region string, v vaultcore.Variant) string {
	e, _ := sso.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), // as above
		sso.EndpointParameters{Region: &region, UseFIPS: &v.FIPS, UseDualStack: &v.DualStack})
	return e.URI.String()
}

// variant is a variant as the SDK's options have it.
func variant(v vaultcore.Variant) (aws.FIPSEndpointState, aws.DualStackEndpointState) {
	return map[bool]aws.FIPSEndpointState{true: aws.FIPSEndpointStateEnabled}[v.FIPS],
		map[bool]aws.DualStackEndpointState{true: aws.DualStackEndpointStateEnabled}[v.DualStack]
}
