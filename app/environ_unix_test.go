//go:build unix

package app

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// TestACredentialThatIsNoFile: whoever starts the app can name any folder, and a pipe in
// it does not hold up the start.
func TestACredentialThatIsNoFile(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, passphraseCredential), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VAULTBAR_FILE_PASSPHRASE", "")
	t.Setenv(credentialsVariable, folder)
	got := make(chan bool, 1)
	go func() { got <- givenPassphrase().IsZero() }()
	if !wait.For(t, "the start", got) {
		t.Error("a pipe gave a passphrase")
	}
}
