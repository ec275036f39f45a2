//go:build linux

package stories_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// awsCache is what AWS's tools have in the cache of their sign-ins.
func (w *world) awsCache() []string {
	w.Helper()
	files, err := filepath.Glob(filepath.Join(w.home, ".aws", "sso", "cache", "*"))
	w.check(err)
	var all []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		w.check(err)
		all = append(all, string(text))
	}
	return all
}

// signsInAt has ann sign in by the code that a command shows at its terminal.
func (w *world) signsInAt(cmd *exec.Cmd) {
	w.Helper()
	s := w.sit(cmd)
	s.expect("[c]ancel")
	shown, _, _ := s.shown()
	found := deviceAddress.FindStringSubmatch(shown)
	if found == nil {
		w.Fatalf("the terminal shows\n%s", shown)
	}
	page, err := awstest.Visitor{Name: "ann"}.Visit(w.Context(), awstest.NewBrowser(), found[1]+"?user_code="+found[2])
	if err != nil || page.Status != 200 {
		w.Fatalf("the page says %d, %v\n%s", page.Status, err, page.Text)
	}
	if code := s.wait(); code != 0 {
		w.Fatalf("exit code %d\n%s", code, s.all())
	}
}

// TestStorySharedSignIn: a person who shares their sign-in finds it where AWS's tools
// look, until they lock, sign out or share it no more. What is there of another
// sign-in, which aws sso login has made, is used and stays.
func TestStorySharedSignIn(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	w.signsIn()
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	w.signsInAt(ssh("vaultbar signin corp"))
	w.export("dev")
	shared := func(when string, want int) []string {
		t.Helper()
		got := w.awsCache()
		if len(got) != want {
			t.Errorf("%s: AWS's tools have %d sign-ins", when, len(got))
		}
		return got
	}
	shared("not wanted", 0)
	w.wantComplaint(w.run("settings", "set", "sso_share", "yes"), 5, "set by a program")
	s := w.sit(ssh("vaultbar settings set sso_share yes"))
	s.answer("allow")
	if code := s.wait(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, s.all())
	}
	theirs := strings.Replace(shared("wanted", 1)[0], `,"writtenBy":"vaultbar"`, "", 1)
	w.must("lock")
	shared("locked", 0)
	w.must("unlock")
	shared("unlocked", 1)
	w.app().kill()
	w.must("lock")
	shared("locked after a crash", 0)
	w.must("unlock")
	shared("unlocked again", 1)
	w.must("settings", "set", "sso_share", "no")
	shared("not wanted any more", 0)
	w.must("clear")
	w.wantComplaint(w.run("export", "dev"), 5, "after all is cleared")

	file := filepath.Join(w.home, ".aws", "sso", "cache", "ee0bfd2552fbd840c02cc48b6e823320543c450f.json") // corp
	w.check(os.WriteFile(file, []byte(theirs), 0o600))
	w.export("dev")
	w.export("prod")
	if list := w.must("list"); !strings.Contains(list, "aws sso login") {
		t.Errorf("list does not name whose sign-in it is:\n%s", list)
	}
	got := w.run("signout", "corp")
	w.reads("signout", got.stdout+got.stderr)
	if left := shared("used", 1); left[0] != theirs {
		t.Errorf("their file became\n%s", left[0])
	}
}
