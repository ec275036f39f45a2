package dialog

import (
	"slices"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/search"
)

func TestProfileRows(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	rows := profileRows([]vaultcore.ProfileState{
		{Name: "a\nb"},
		{Name: "prod", Account: "222222222222", Role: "admin", State: vaultcore.StateActive, Expires: now.Add(52 * time.Minute)},
		{Name: "dev", Account: "333333333333", AccountName: "Acme\n dev"},
	}, now)
	want := [][]string{{"○ ab", "", "", "", ""}, {"● prod", "admin", "222222222222", "", "52 min"}, {"○ dev", "", "333333333333 (Acme dev)", "", ""}}
	if !slices.EqualFunc(rows, want, slices.Equal[[]string]) {
		t.Errorf("got %q, want %q", rows, want)
	}
	if len(rows[0]) != len(search.Heads[1:]) {
		t.Errorf("%d headings for %d cells", len(search.Heads[1:]), len(rows[0]))
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
