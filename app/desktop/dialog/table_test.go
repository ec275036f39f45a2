package dialog

import (
	"slices"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

func TestProfileRows(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	rows := profileRows([]vaultcore.ProfileState{
		{Name: "a\nb"},
		{Name: "prod", Account: "222222222222", Role: "admin", State: vaultcore.StateActive, Expires: now.Add(52 * time.Minute)},
	}, now)
	want := [][]string{{"○ ab", "", "", "", ""}, {"● prod", "admin", "222222222222", "", "52 min"}}
	if !slices.EqualFunc(rows, want, slices.Equal[[]string]) {
		t.Errorf("got %q, want %q", rows, want)
	}
	if len(rows[0]) != len(profileHeads) {
		t.Errorf("%d headings for %d cells", len(profileHeads), len(rows[0]))
	}
}

func TestTableIsNarrowed(t *testing.T) {
	all := Table{Rows: [][]string{{"Lambda", "lambda"}, {"EC2", "ec2"}, {"EC2 Image Builder", "imagebuilder"}}}
	for query, want := range map[string][]int{
		"": {0, 1, 2}, "EC": {1, 2}, "build ec2": {2}, "LAMBDA": {0}, "nothing": nil, "lambdalambda": nil,
	} {
		narrow, places := all.narrowed(query)
		if !slices.Equal(places, want) || len(narrow.Rows) != len(want) {
			t.Errorf("%q: got %v, want %v", query, places, want)
		}
	}
}

func TestWithoutIDs(t *testing.T) {
	for text, want := range map[string]string{
		"arn:aws:iam::111111111111:mfa/ann":                                      "…/ann",
		"User: arn:aws:iam::111111111111:user/ann is not authorized":             "User: …/ann is not authorized",
		"on resource: arn:aws:iam::222222222222:role/admin.":                     "on resource: …/admin.",
		"arn:aws:iam::111111111111:root, arn:aws-cn:sts::1:assumed-role/a/ses.x": "…/root, …/ses.x",
		"AdministratorAccess-111122223333":                                       "AdministratorAccess-…3333",
		"arn:aws:organizations::1:account/o-1/111122223333":                      "…/…3333",
		"AKIAIOSFODNN7EXAMPLE":                                                   "…MPLE",
		"prod-admin in 14 min":                                                   "prod-admin in 14 min",
	} {
		if got := withoutIDs(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if private(withoutIDs(text)) {
			t.Errorf("%q still tells too much", withoutIDs(text))
		}
	}
}
