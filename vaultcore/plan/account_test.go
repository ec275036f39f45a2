package plan

import (
	"errors"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestNamedAccount: what is not known, or not named, is no other account.
func TestNamedAccount(t *testing.T) {
	named := Named{"111111111111", "mfa_serial", "base"}
	for _, test := range []struct {
		named   Named
		account string
		err     error
	}{
		{named, "111111111111", nil},
		{named, "", nil},
		{Named{}, "999999999999", nil},
		{named, "999999999999", vaultcore.ErrWrongAccount},
	} {
		if err := test.named.Check("base", test.account); !errors.Is(err, test.err) {
			t.Errorf("%+v and %q: %v", test.named, test.account, err)
		}
	}
}
