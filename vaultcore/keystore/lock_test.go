package keystore

import (
	"context"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestLockWinsOverAnAnswerUnderWay: a passphrase that was typed, or is being
// stretched, when the keychain is locked does not open it again.
func TestLockWinsOverAnAnswerUnderWay(t *testing.T) {
	known, _ := made(t)
	for _, test := range []struct {
		name string
		dir  string
		use  func(s *Store) error
	}{
		{"known", known, func(s *Store) error { _, err := s.Key(context.Background(), "prod"); return err }},
		{"new", newDir(t), func(s *Store) error { return s.SetKey(context.Background(), "prod", key(1)) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s *Store
			s, err := Open(context.Background(), Options{Backend: "file", Dir: test.dir, cost: cheap,
				Passphrase: func(context.Context, bool, string) (vaultcore.Secret, error) {
					s.Lock()
					return vaultcore.NewSecret("pass"), nil
				}})
			if err != nil {
				t.Fatal(err)
			}
			wantMessage(t, "", test.use(s), vaultcore.ErrLocked, test.dir, "DIR")
			if !s.Locked() {
				t.Error("the answer opened the keychain after it was locked")
			}
		})
	}
}
