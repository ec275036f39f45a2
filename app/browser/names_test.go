package browser

import (
	"strings"
	"testing"
)

func TestFolderNames(t *testing.T) {
	long := strings.Repeat("é", 200)
	for name, want := range map[string]string{
		"prod-admin_1": "prod-admin_1",
		"Prod":         "%50rod",
		"a/b":          "a%2fb",
		"..":           "%2e%2e",
		"a\x00b":       "a%00b",
		"%41":          "%2541",
		"con":          "%63on",
		"lpt1":         "%6cpt1",
		"company":      "company",
		"ü":            "%c3%bc",
		"a b.":         "a%20b%2e",
		long:           "%c3%a9%c3%a9%c3%a9%c3%a9%c3%a9%~f4bd0e2d5c7a7ad66aed7ea34d0b3ca3",
	} {
		if got := folderName(name); got != want && name != long || len(got) > longestName {
			t.Errorf("%q is kept as %q, not %q", name, got, want)
		}
	}
	if folderName(long) == folderName(long+"é") {
		t.Error("two long names share a folder")
	}
}

func FuzzFolderNamesAreTheirOwn(f *testing.F) {
	for _, pair := range [][2]string{{"a", "A"}, {"a/b", "a%2fb"}, {"con", "%63on"}, {strings.Repeat("x", 65), strings.Repeat("x", 66)}, {"é", "e\u0301"}, {"", "."}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, one, other string) {
		a, b := folderName(one), folderName(other)
		if one != other && strings.EqualFold(a, b) {
			t.Errorf("%q and %q share %q", one, other, a)
		}
		if len(a) > longestName || a != strings.ToLower(a) || strings.Trim(a, "abcdefghijklmnopqrstuvwxyz0123456789-_%~") != "" || device(a) {
			t.Errorf("%q is kept as %q", one, a)
		}
	})
}
