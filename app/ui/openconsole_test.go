package ui

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/console"
)

// title is the first cell of a row.
func title(row string) string {
	first, _, _ := strings.Cut(row, "|")
	return first
}

func TestPlaces(t *testing.T) {
	recent := []place{{"s3", "us-west-2"}, {"ec2", ""}, {"", "eu-west-1"}}
	all := places(recent, "eu-central-1")
	var lines []string
	for i, at := range all {
		lines = append(lines, strings.Join(at.cells(i < len(recent)), "|"))
	}
	if want := []string{"S3|s3|us-west-2|recent", "EC2|ec2||recent", "Console home||eu-west-1|recent", "Account|account||"}; !slices.Equal(lines[:4], want) {
		t.Errorf("the list begins with %q", lines[:4])
	}
	services := lines[len(recent):slices.IndexFunc(lines, func(line string) bool { return strings.HasSuffix(line, "region") })]
	if !slices.IsSortedFunc(services, func(a, b string) int { return cmp.Compare(strings.ToLower(title(a)), strings.ToLower(title(b))) }) {
		t.Errorf("the services are in the order %q", services)
	}
	slices.Sort(lines)
	if n := len(slices.Compact(slices.Clone(lines))); n != len(lines) {
		t.Errorf("%d of %d lines come twice", len(lines)-n, len(lines))
	}
	for line, want := range map[string]bool{"us-east-1||us-east-1|region": true, "eu-central-1||eu-central-1|region": false, "eu-west-1||eu-west-1|region": false, "EC2|ec2||": false, "Lambda|lambda||": true, "EC2 Auto Scaling groups|autoscaling||": true, "cn-north-1||cn-north-1|region": false} {
		if slices.Contains(lines, line) != want {
			t.Errorf("%q is listed: %t", line, !want)
		}
	}
	if all := places(nil, "us-gov-west-1"); all[len(all)-1] != (place{region: "us-gov-east-1"}) {
		t.Errorf("in GovCloud the list ends with %+v", all[len(all)-1])
	}
	if in := placesIn("eu-west-1"); in[0] != (place{region: "eu-west-1"}) || slices.Contains(in, place{"iam", "eu-west-1"}) || len(in) < 60 {
		t.Errorf("in a region: %+v", in[:3])
	}
}

func TestRecentPlaces(t *testing.T) {
	var recent []place
	for _, known := range console.Services()[:mostRecent+2] {
		recent = remember(recent, place{service: known.Name})
	}
	again := recent[2]
	if recent = remember(recent, again); len(recent) != mostRecent || recent[0] != again || slices.Contains(recent[1:], again) {
		t.Errorf("%+v", recent)
	}
}
