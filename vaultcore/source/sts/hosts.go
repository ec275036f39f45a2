package sts

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
)

// Hosts are the addresses of AWS's own hosts of STS and IAM that requests to a target can
// reach, by the SDK's rules: none where an endpoint stands for them.
func (at Target) Hosts() []string {
	if at.Endpoint != "" {
		return nil
	}
	ctx := context.Background() // nothing is asked
	sts, err1 := awssts.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, awssts.EndpointParameters{
		Region: &at.Region, UseFIPS: &at.Variant.FIPS, UseDualStack: &at.Variant.DualStack, UseGlobalEndpoint: aws.Bool(false),
	})
	iam, err2 := iam.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, iam.EndpointParameters{
		Region: &at.Region, UseFIPS: &at.Variant.FIPS, UseDualStack: &at.Variant.DualStack,
	})
	if err1 != nil || err2 != nil {
		return nil // nor is anything sent
	}
	return []string{sts.URI.String(), iam.URI.String()}
}

// variant is which of AWS's own hosts to reach, as the SDK's options have it: none where
// an endpoint stands for them.
func (at Target) variant() (fips aws.FIPSEndpointState, dualStack aws.DualStackEndpointState) {
	own := at.Endpoint == ""
	return map[bool]aws.FIPSEndpointState{true: aws.FIPSEndpointStateEnabled}[own && at.Variant.FIPS],
		map[bool]aws.DualStackEndpointState{true: aws.DualStackEndpointStateEnabled}[own && at.Variant.DualStack]
}
