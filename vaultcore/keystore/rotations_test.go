package keystore

import (
	"errors"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestRotations: what is written down of a rotation, and the keys that it keeps aside, are
// there again after a restart, and are no profile's.
func TestRotations(t *testing.T) {
	const old, made = "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLF"
	p := &person{answers: []string{"correct horse"}}
	dir := newDir(t)
	s := openDir(t, dir, p)
	key := vaultcore.Credentials{AccessKeyID: made, SecretAccessKey: vaultcore.NewSecret("s3cret")}
	if err := s.SaveRotation(t.Context(), old, []byte(`{"stage":"created"}`)); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAside(t.Context(), "new."+old, key); err != nil {
		t.Fatal(err)
	}

	s = openDir(t, dir, p)
	if names, err := s.Names(t.Context()); err != nil || len(names) > 0 {
		t.Errorf("there are keys of %q: %v", names, err)
	}
	all, err := s.Rotations(t.Context())
	if err != nil || len(all) != 1 || string(all[old]) != `{"stage":"created"}` {
		t.Errorf("rotations %q: %v", all, err)
	}
	if id, err := s.AsideID(t.Context(), "new."+old); err != nil || id != made {
		t.Errorf("aside is %q: %v", id, err)
	}
	if id, err := s.AsideID(t.Context(), "old."+old); err != nil || id != "" {
		t.Errorf("there is %q: %v", id, err)
	}
	if got, err := s.Aside(t.Context(), "new."+old); err != nil || got.SecretAccessKey.Reveal() != "s3cret" {
		t.Errorf("it is not the one that was kept: %v", err)
	}
	for range 2 {
		if err := errors.Join(s.RemoveRotation(t.Context(), old), s.RemoveAside(t.Context(), "new."+old)); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Aside(t.Context(), "new."+old); !errors.Is(err, vaultcore.ErrNoCredentials) {
		t.Errorf("after the removal: %v", err)
	}
	if all, err := s.Rotations(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("rotations %q: %v", all, err)
	}
}
