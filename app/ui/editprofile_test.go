package ui

import (
	"slices"
	"testing"
)

func TestProposedName(t *testing.T) {
	for _, test := range []struct {
		taken []string
		want  string
	}{
		{nil, "admin"},
		{[]string{"admin"}, "base-admin"},
		{[]string{"admin", "base-admin"}, "base-admin-2"},
		{[]string{"admin", "base-admin", "base-admin-2"}, "base-admin-3"},
	} {
		got := proposedName("admin", "base", func(name string) bool { return slices.Contains(test.taken, name) })
		if got != test.want {
			t.Errorf("beside %q: %s", test.taken, got)
		}
	}
}
