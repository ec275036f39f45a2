package sts_test

import (
	"errors"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestAMistypedSecretIsForgotten holds that what a wrong secret led to does not
// stay with the key's id.
func TestAMistypedSecretIsForgotten(t *testing.T) {
	w := newWorld(t)
	p := w.client()
	right := w.key.Credentials()
	wrong := right
	wrong.SecretAccessKey = vaultcore.NewSecret("0123456789012345678901234567890123456789")
	if _, err := p.Identify(t.Context(), w.at(""), w.at(""), wrong); !errors.Is(err, vaultcore.ErrRefused) {
		t.Fatalf("a wrong secret: %v", err)
	}
	if _, err := p.Identify(t.Context(), w.at(""), w.at(""), right); err != nil {
		t.Errorf("the right one after it: %v", err)
	}
	if _, err := p.Run(t.Context(), w.session(), wrong, w.code()); !errors.Is(err, vaultcore.ErrRefused) {
		t.Fatalf("a wrong secret in a step: %v", err)
	}
	if _, err := p.Run(t.Context(), w.session(), right, w.code()); err != nil {
		t.Errorf("the right one after it: %v", err)
	}
}

// TestSecurityKeysAreNoDevices: a user with security keys alone has nothing that
// STS could check, which is said.
func TestSecurityKeysAreNoDevices(t *testing.T) {
	w := newWorld(t)
	user := w.roles.User("fia")
	user.NewFIDO()
	key := user.NewKey().Credentials()
	id, err := w.client().Identify(t.Context(), w.at(""), w.at(""), key)
	if err != nil || len(id.MFADevices) != 0 || !id.OnlyFIDO {
		t.Errorf("%+v, %v", id, err)
	}
	user.NewMFA()
	if id, err = w.client().Identify(t.Context(), w.at(""), w.at(""), key); err != nil || len(id.MFADevices) != 1 || id.OnlyFIDO {
		t.Errorf("with a TOTP device beside it: %+v, %v", id, err)
	}
}
