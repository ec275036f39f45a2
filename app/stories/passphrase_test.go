//go:build linux

package stories_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStoryPassphraseOfAMachine: on a machine without a person the passphrase of the
// encrypted files comes by stdin, or as a credential of systemd's unit, and by no variable
// or argument that a program which runs there could see.
func TestStoryPassphraseOfAMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env = w.with("VAULTBAR_FILE_PASSPHRASE")
	unlock := func(stdin string) outcome {
		cmd := w.command("vaultbar", "unlock", "--passphrase-stdin")
		cmd.Stdin = strings.NewReader(stdin)
		return w.do(cmd)
	}
	if got := unlock(w.passphrase + "\n"); got.code != 0 {
		t.Fatalf("a job's passphrase: %+v", got)
	}
	if got := w.add(plain, w.spare); got.code != 0 {
		t.Fatalf("add: %+v", got)
	}
	w.export(plain)
	w.stop()
	if got := w.run("export", plain); got.code != 6 {
		t.Errorf("after a restart: %+v", got)
	}
	for stdin, code := range map[string]int{"": 2, "\n": 2, "not it\n": 6, strings.Repeat("x", 5000): 2} {
		if got := unlock(stdin); got.code != code || got.stdout != "" {
			t.Errorf("%.10q on stdin: %+v", stdin, got)
		}
	}
	if got := unlock(w.passphrase + "\r\nand more"); got.code != 0 {
		t.Errorf("a line of Windows: %+v", got)
	}
	w.export(plain)
	w.stop()

	w.check(os.WriteFile(filepath.Join(w.dir, "vaultbar.passphrase"), []byte(w.passphrase+"\n"), 0o400))
	w.env = append(w.env, "CREDENTIALS_DIRECTORY="+w.dir)
	if got := w.run("export", plain); got.code != 0 {
		t.Errorf("a unit's credential: %+v", got)
	}
	s := w.sit(w.command("vaultbar", "unlock", "--passphrase-stdin"))
	if code := s.wait(); code != 2 {
		t.Errorf("at a terminal: exit code %d\n%s", code, s.all())
	}
}
