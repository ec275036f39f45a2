package ui

import (
	"fmt"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// A failure is over when what was missing is there, not when anything changes.
func TestCured(t *testing.T) {
	usable := vaultcore.ProfileState{Name: "prod", Source: "bastion"}
	living := vaultcore.ProfileState{Name: "prod", Source: "bastion", State: vaultcore.StateActive}
	keyless := vaultcore.ProfileState{Name: "prod", Wants: "bastion"}
	broken := vaultcore.ProfileState{Name: "prod", Err: "duration_seconds is not a number"}
	for _, test := range []struct {
		err   error
		state vaultcore.ProfileState
		fixed bool
	}{
		{vaultcore.ErrNoCredentials, keyless, false},
		{vaultcore.ErrNoCredentials, usable, true},
		{vaultcore.ErrConfig, broken, false},
		{vaultcore.ErrConfig, usable, true},
		{vaultcore.ErrNoProfile, vaultcore.ProfileState{Name: "other", Source: "other"}, false},
		{vaultcore.ErrLocked, usable, true},
		{vaultcore.ErrRefused, usable, false},
		{vaultcore.ErrRefused, living, true},
		{vaultcore.ErrNoAnswer, usable, false},
		{vaultcore.ErrNoAnswer, living, true},
		{vaultcore.ErrBusy, living, false},
	} {
		s := vaultcore.Snapshot{Profiles: []vaultcore.ProfileState{test.state}}
		if got := fixed(s, "prod", fmt.Errorf("trying: %w", test.err)); got != test.fixed {
			t.Errorf("%v with %+v is over: %t", test.err, test.state, got)
		}
		s.Locked = true
		if fixed(s, "prod", vaultcore.ErrLocked) {
			t.Error("it is locked, and that is said to be over")
		}
	}
}
