package browser

import (
	"slices"
	"testing"
)

// A browser that heeds its environment reaches AWS as Vaultbar does, and this
// machine directly.
func TestWithProxy(t *testing.T) {
	person := []string{"HOME=/home/ann", "https_proxy=http://of-the-starter"}
	if got := withProxy(person, ""); !slices.Equal(got, person) {
		t.Errorf("without a proxy: %q", got)
	}
	env := withProxy(person, "http://proxy:3128")
	if lookup(env, canonical("https_proxy")) != "http://proxy:3128" || lookup(env, canonical("no_proxy")) != "localhost,127.0.0.1,::1" {
		t.Errorf("got %q", env)
	}
}
