package aws

import (
	"slices"
	"strings"
)

// The hosts of access portals: whole names, and what names end in.
//
// Source: aws-cli, awscli/customizations/sso/resolve.py; IAM Identity Center User Guide,
// "Using the AWS access portal".
var (
	portals = []string{
		"identitycenter.amazonaws.com", "identitycenter.amazonaws.com.cn", "identitycenter.amazonaws.eu",
		"identitycenter.us-gov.amazonaws.com",
	}
	portalDomains = []string{
		"app.aws", "portal.amazonaws.com", "portal.amazonaws.com.cn", "portal.amazonaws.eu",
		"app.amazonwebservices.com.cn", "api.amazonwebservices.eu", "awsapps.com", "awsapps.cn",
	}
)

// IsPortal says whether a host is one of AWS's for access portals of IAM Identity Center.
// Start URLs elsewhere are companies' own, which lead to one.
func IsPortal(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return slices.Contains(portals, host) || slices.ContainsFunc(portalDomains, func(domain string) bool {
		return host == domain || strings.HasSuffix(host, "."+domain)
	})
}

// PortalRegion is the region that the host of a portal names; empty for none:
// ssoins-….portal.REGION.app.aws, ssoins-….REGION.portal.amazonaws.com.
func PortalRegion(host string) string {
	labels := strings.Split(strings.TrimSuffix(strings.ToLower(host), "."), ".")
	if !IsPortal(host) || len(labels) < 4 {
		return ""
	}
	region := labels[1]
	if region == "portal" {
		region = labels[2]
	}
	if !ValidRegion(region) {
		return ""
	}
	return region
}
