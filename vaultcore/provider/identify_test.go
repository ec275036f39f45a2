package provider_test

import (
	"errors"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestAMistypedSecretIsForgotten holds that what a wrong secret led to does not
// stay with the key's id.
func TestAMistypedSecretIsForgotten(t *testing.T) {
	w := newWorld(t)
	p := w.provider()
	right := w.key.Credentials()
	wrong := right
	wrong.SecretAccessKey = vaultcore.NewSecret("0123456789012345678901234567890123456789")
	if _, err := p.Identify(t.Context(), "", "", wrong); !errors.Is(err, vaultcore.ErrRefused) {
		t.Fatalf("a wrong secret: %v", err)
	}
	if _, err := p.Identify(t.Context(), "", "", right); err != nil {
		t.Errorf("the right one after it: %v", err)
	}
	if _, err := p.Run(t.Context(), w.session(), wrong, w.code()); !errors.Is(err, vaultcore.ErrRefused) {
		t.Fatalf("a wrong secret in a step: %v", err)
	}
	if _, err := p.Run(t.Context(), w.session(), right, w.code()); err != nil {
		t.Errorf("the right one after it: %v", err)
	}
}
