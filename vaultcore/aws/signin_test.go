package aws

import "testing"

// TestSignInAddresses: where the console of a region is signed in to, and that FIPS hosts
// are asked where there are some.
func TestSignInAddresses(t *testing.T) {
	for _, c := range []struct {
		region       string
		always, fips bool
		want         string
	}{
		{"us-east-1", false, false, "https://signin.aws.amazon.com"},
		{"us-east-1", true, false, "https://us-east-1.signin.aws.amazon.com"},
		{"eu-west-1", false, true, "https://eu-west-1.signin.aws.amazon.com"}, // there is no other
		{"us-gov-west-1", false, false, "https://signin.amazonaws-us-gov.com"},
		{"us-gov-west-1", false, true, "https://signin-fips.amazonaws-us-gov.com"},
		{"us-gov-east-1", false, true, "https://us-gov-east-1.signin-fips.amazonaws-us-gov.com"},
		{"cn-northwest-1", false, true, "https://cn-northwest-1.signin.amazonaws.cn"},
		{"eusc-de-east-1", false, false, "https://eusc-de-east-1.signin.amazonaws-eusc.eu"},
	} {
		if got := PartitionOf(c.region).SignInAddress(c.region, c.always, c.fips); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
