package cli

import (
	"slices"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// TestSettingsOfTheTables holds the help to the settings that there are. The command itself
// links no table.
func TestSettingsOfTheTables(t *testing.T) {
	same(t, profileSettings, settings.ProfileTable())
	same(t, signInSettings, settings.SignInTable())
}

func same[S any](t *testing.T, named []string, table []settings.Setting[S]) {
	t.Helper()
	var keys []string
	for _, setting := range table {
		keys = append(keys, setting.Key)
	}
	if !slices.Equal(named, keys) {
		t.Errorf("the help names %q, and the table has %q", named, keys)
	}
}
