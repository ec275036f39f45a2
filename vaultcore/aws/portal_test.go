package aws

import (
	"strings"
	"testing"
)

func TestPortals(t *testing.T) {
	for host, want := range map[string]struct {
		portal bool
		region string
	}{
		"acme.awsapps.com":                            {true, ""},
		"ACME.AWSAPPS.COM.":                           {true, ""},
		"start.us-gov-home.awsapps.com":               {true, ""},
		"start.home.awsapps.cn":                       {true, ""},
		"identitycenter.amazonaws.com":                {true, ""},
		"identitycenter.amazonaws.com.cn":             {true, ""},
		"identitycenter.amazonaws.eu":                 {true, ""},
		"identitycenter.us-gov.amazonaws.com":         {true, ""},
		"ssoins-1.portal.us-east-1.app.aws":           {true, "us-east-1"},
		"ssoins-1.portal.us-gov-west-1.app.aws":       {true, "us-gov-west-1"},
		"ssoins-1.eu-west-1.portal.amazonaws.com":     {true, "eu-west-1"},
		"ssoins-1.cn-north-1.portal.amazonaws.com.cn": {true, "cn-north-1"},
		"ssoins-1.eusc-de-east-1.portal.amazonaws.eu": {true, "eusc-de-east-1"},
		"ssoins-1.portal.evil!.app.aws":               {true, ""},
		"amazonaws.com":                               {false, ""},
		"x.identitycenter.amazonaws.com":              {false, ""},
		"notawsapps.com":                              {false, ""},
		"awsapps.com.example":                         {false, ""},
		"sso.acme.example":                            {false, ""},
		"":                                            {false, ""},
	} {
		if IsPortal(host) != want.portal || PortalRegion(host) != want.region {
			t.Errorf("%q: %v, %q", host, IsPortal(host), PortalRegion(host))
		}
	}
}

// FuzzPortal: a region is named by AWS's own hosts alone, and can be part of a host.
func FuzzPortal(f *testing.F) {
	for _, host := range []string{"ssoins-1.portal.us-east-1.app.aws", "ssoins-1.us-east-1.portal.amazonaws.com", "....app.aws", "a.b.c.awsapps.com"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		region := PortalRegion(host)
		if region != "" && (!IsPortal(host) || !ValidRegion(region) || !strings.Contains(strings.ToLower(host), region)) {
			t.Errorf("%q: %q", host, region)
		}
	})
}
