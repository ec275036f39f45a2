package searchprovider

import (
	"slices"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func snapshot() vaultcore.Snapshot {
	return vaultcore.Snapshot{Profiles: []vaultcore.ProfileState{
		{Name: "prod-admin", Account: "111111111111", AccountName: "Shop", Role: "admin", Region: "us-east-1", State: vaultcore.StateActive, Expires: noon.Add(220 * time.Minute)},
		{Name: "prod", Account: "111111111111", Role: "reader", Region: "us-east-1"},
		{Name: "sandbox\n", Account: "222222222222", State: vaultcore.StateFailed},
		{Name: "bare", State: vaultcore.StateWaiting},
	}}
}

func TestSearch(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"p", nil},
		{"  p ", nil},
		{"prod", []string{"prod"}},
		{"PROD-A", []string{"prod-admin"}},
		{"pr", []string{"prod-admin", "prod"}},
		{"shop", []string{"prod-admin"}},
		{"1111-1111-1111", []string{"prod-admin", "prod"}},
		{"us-east", nil},
		{"nothing", nil},
	} {
		var got []string
		for _, result := range Search(snapshot(), c.text, noon) {
			got = append(got, result.Profile)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q finds %q, want %q", c.text, got, c.want)
		}
	}
}

func TestResult(t *testing.T) {
	for text, want := range map[string]Result{
		"prod-admin": {"prod-admin", "prod-admin", "AWS console · role admin in Shop (111111111111) · 3 h 40 min left", true},
		"reader":     {"prod", "prod", "AWS console · role reader in 111111111111", false},
		"sandbox":    {"sandbox\n", "sandbox", "AWS console · 222222222222 · failed", false},
		"bare":       {"bare", "bare", "AWS console · waiting for you", true},
	} {
		if got := Search(snapshot(), text, noon); len(got) != 1 || got[0] != want {
			t.Errorf("%q finds %+v, want %+v", text, got, want)
		}
	}
}

func TestSearchHasAnEnd(t *testing.T) {
	many := vaultcore.Snapshot{Profiles: make([]vaultcore.ProfileState, 500)}
	for i := range many.Profiles {
		many.Profiles[i].Name = "prod"
	}
	if got := Search(many, "prod", noon); len(got) != mostResults {
		t.Errorf("%d results", len(got))
	}
}
