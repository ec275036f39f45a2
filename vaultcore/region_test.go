package vaultcore

import "testing"

func TestValidRegion(t *testing.T) {
	for _, region := range []string{"us-east-1", "ap-northeast-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1", "mx-central-1", "ap-southeast-12"} {
		if !ValidRegion(region) {
			t.Errorf("%s is refused", region)
		}
	}
	for _, region := range []string{
		"", "x", "us", "us-east", "us-1", "us-east-", "-east-1", "us--1", "us-east-1-", "us-east-123", "us-East-1", "us-east-1a", "us east-1", "us-east-1 ",
		"us-east-1.evil.com", "a.evil.com/#", "us-east-1/", "us-a-b-c-d-1", "abcde-east-1", "us-abcdefghijklm-1", "us-east-١", "us-eäst-1", "us-east-1\n",
	} {
		if ValidRegion(region) {
			t.Errorf("%q is taken", region)
		}
	}
}
