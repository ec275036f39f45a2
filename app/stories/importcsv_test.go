//go:build linux

package stories_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStoryImportCSV: the file that the IAM console has made of a key goes into the
// keychain, and is no longer among the downloads.
func TestStoryImportCSV(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	downloads := filepath.Join(w.home, "Downloads")
	w.check(os.Mkdir(downloads, 0o700))
	write := func(name, text string) string {
		path := filepath.Join(downloads, name)
		w.check(os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	row := w.spare.ID() + "," + w.spare.Secret().Reveal()

	path := write("bob_accessKeys.csv", "\ufeffAccess key ID,Secret access key\r\n"+row+"\r\n")
	got := w.run("import", "--from", "Downloads/bob_accessKeys.csv", "--dry-run", plain)
	succeeds := func(name string, got outcome) {
		t.Helper()
		if got.code != 0 {
			t.Errorf("%s: exit code %d", name, got.code)
		}
		w.reads(name, got.stdout+got.stderr)
	}
	succeeds("a dry run", got)
	succeeds("the file is kept", w.run("import", "--from", path, "--yes", "--keep", plain))
	if got := w.export("--no-session", plain).AccessKeyID; got != w.spare.ID() {
		t.Errorf("the key is %s", got)
	}
	succeeds("a second time", w.run("import", "--from", path, "--yes", plain))
	if left := w.inPlain(w.home, w.spare); len(left) != 1 || !strings.Contains(left[0], "/backup/bob_accessKeys.csv-") {
		t.Errorf("in plain text still: %q", left)
	}

	w.must("remove", "--force", plain)
	path = write("credentials.csv", "User Name,Access Key Id,Secret Access Key\n\"bob\","+row+"\nci,broken,broken\n")
	succeeds("a file with a key that stays", w.run("import", "--from", path, "--yes"))
	if got := w.export("--no-session", "bob").AccessKeyID; got != w.spare.ID() {
		t.Errorf("the key is %s", got)
	}

	other := w.aws.Account.User("bob").NewKey()
	for name, text := range map[string]string{
		"rootkey.csv":        "Access key ID,Secret access key\n" + other.ID() + "," + other.Secret().Reveal() + "\n",
		"rootkey (1).csv":    "AWSAccessKeyId=" + other.ID() + "\r\nAWSSecretKey=" + other.Secret().Reveal() + "\r\n",
		"ci_credentials.csv": "User name,Password,Console sign-in URL\nci,x,https://111111111111.signin.aws.amazon.com/console\n",
		"accessKeys.csv":     "Access key ID,Secret access key\n" + other.ID() + "," + other.Secret().Reveal() + "\n", // of whom?
		"none.csv":           "",
	} {
		path := write(name, text)
		got := w.run("import", "--from", path, "--yes")
		if got.code == 0 || !strings.Contains(got.stderr, "hint: ") || strings.Contains(got.stderr, other.Secret().Reveal()) {
			t.Errorf("%s: exit code %d\n%s%s", name, got.code, got.stdout, got.stderr)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != text {
			t.Errorf("%s: it is %q now, %v", name, now, err)
		}
	}
	if got := w.run("import", "--from", filepath.Join(downloads, "nosuch.csv"), "--yes"); got.code == 0 || !strings.Contains(got.stderr, "hint: ") {
		t.Errorf("no such file: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}
