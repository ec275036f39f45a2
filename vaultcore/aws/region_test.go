package aws

import (
	"slices"
	"testing"
)

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

// TestPartitions holds that every region of the table, homes included, is one of its
// own partition.
func TestPartitions(t *testing.T) {
	for _, p := range Partitions {
		if PartitionNamed(p.Name) != p || HomeRegion(p.Name) != p.Home || !slices.IsSorted(p.Regions) {
			t.Errorf("%s: not found by its name, or its regions are not sorted", p.Name)
		}
		for _, region := range append([]string{p.Home}, p.Regions...) {
			if !ValidRegion(region) || PartitionOf(region) != p {
				t.Errorf("%s is not a region of %s", region, p.Name)
			}
		}
	}
	for _, region := range []string{"", "mars-north-1"} {
		if got := PartitionOf(region).Name; got != "aws" {
			t.Errorf("%q is in %s", region, got)
		}
	}
	if PartitionNamed("aws-moon") != nil || HomeRegion("aws-moon") != "" {
		t.Error("a partition that is none is known")
	}
}
