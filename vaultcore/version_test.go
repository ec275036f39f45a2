package vaultcore

import "testing"

func TestOlderVersion(t *testing.T) {
	for _, c := range []struct{ old, new string }{
		{"v1.2.3", "v1.2.4"}, {"v1.2.3", "v1.10.0"}, {"v1.9.9", "v2.0.0"}, {"v0.9.0", "v1.0.0+dirty"},
		{"v1.2.3", "v1.2.3-4-g06a91dc"}, {"v1.2.3-4-g06a91dc", "v1.2.3-14-g876dd9f-dirty"}, {"v1.2.3-14-g876dd9f", "v1.2.4"},
		{"v0.0.0-20260101000000-06a91dc06a91", "v0.0.0-20261124101500-876dd9f2a1b3+dirty"},
		{"v1.2.3-rc.1", "v1.2.3-rc.2"}, {"v1.2.3-rc.2", "v1.2.3"}, {"v1.2.3-rc.2", "v1.2.3-1-g06a91dc"}, {"v1.2.4-0.20261124101500-876dd9f2a1b3", "v1.2.4"},
		{"v1.2.4-0.20260101000000-06a91dc06a91", "v1.2.4-0.20261124101500-876dd9f2a1b3"},
	} {
		if !OlderVersion(c.old, c.new) || OlderVersion(c.new, c.old) {
			t.Errorf("%s is not older than %s", c.old, c.new)
		}
	}
	for _, c := range []struct{ a, b string }{
		{"v1.2.3", "v1.2.3"}, {"v1.2.3", "v1.2.3-dirty"}, {"06a91dc", "v1.2.3"}, {"v1.2.3", "(devel)"}, {"06a91dc", "876dd9f"}, {"", "v1.2.3"}, {"v1.2", "v1.3"}, {"1.2.3", "1.2.4"},
	} {
		if OlderVersion(c.a, c.b) || OlderVersion(c.b, c.a) {
			t.Errorf("%q and %q are compared", c.a, c.b)
		}
	}
}

func TestVersion(t *testing.T) {
	if got := Version(); got == "" {
		t.Error("no version")
	}
	version = "v1.2.3"
	defer func() { version = "" }()
	if got := Version(); got != "v1.2.3" {
		t.Errorf("got %s", got)
	}
}
