//go:build linux

package stories_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// pageAddress is the address that a browser is sent to for a sign-in.
var pageAddress = regexp.MustCompile(`http\S+/authorize\?\S+`)

// visitAs has ann finish a sign-in at a page of AWS's, in a browser of this machine.
func (w *world) visitAs(address string) {
	w.Helper()
	ann := awstest.Visitor{Name: "ann"}
	page, err := ann.Visit(w.Context(), awstest.NewBrowser(), address)
	if err != nil || page.Status != 200 {
		w.Fatalf("the page says %d, %v\n%s", page.Status, err, page.Text)
	}
}

// signInBy has the person sign in at their terminal, by a page whose address they are
// shown.
func (w *world) signInBy(ssh func(string) *exec.Cmd, line string) *ptySession {
	w.Helper()
	s := w.sit(ssh(line))
	s.expect("[c]ancel")
	shown, _, _ := s.shown()
	address := pageAddress.FindString(shown)
	if found := deviceAddress.FindStringSubmatch(shown); found != nil {
		address = found[1] + "?user_code=" + found[2]
	}
	w.visitAs(address)
	if code := s.wait(); code != 0 {
		w.Fatalf("%s: exit code %d\n%s", line, code, s.all())
	}
	return s
}

// TestStorySignInAndOut: after one sign-in, by an address that was printed, every verb
// works for the profiles of it and for a role above one; after signing out none does,
// and the person hears what lives on.
func TestStorySignInAndOut(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	w.withConsole()
	role := w.aws.Server.Account("999999999999").Role("ops", awstest.Trust{Principals: []string{"arn:aws:iam::888888888888:root"}})
	w.signsIn("[profile ops]\nregion = eu-west-1\nrole_arn = " + role.ARN() + "\nsource_profile = prod\n")
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))

	w.wantComplaint(w.run("signin"), 5, "before the sign-in")
	s := w.signInBy(ssh, "vaultbar signin --no-browser ops")
	w.reads("signed in", lineWith(s.all(), "igned in"))
	again := w.run("signin", "dev")
	if again.code != 0 {
		t.Errorf("exit code %d", again.code)
	}
	w.reads("signed in already", again.stderr)

	for _, profile := range []string{"dev", "prod", "ops"} {
		w.export(profile)
		w.must("exec", profile, "--", "true")
		if address := w.must("login", "--stdout", profile); !strings.Contains(address, "SigninToken=") {
			t.Errorf("login of %s prints no address that signs in", profile)
		}
	}
	if address := w.must("open", "--stdout", "arn:aws:lambda:eu-west-1:777777777777:function:f"); !strings.Contains(address, "SigninToken=") {
		t.Error("open prints no address that signs in")
	}
	for _, look := range []struct{ verb, want string }{
		{"list", "corp (sign-in)"}, {"list --long", "sign-in to corp"}, {"list --json", `"sign_in": "corp"`},
		{"status", "corp: signed in "}, {"status", "; token ends in "}, {"status --json", `"sign_ins": [`}, {"explain ops", "corp: signed in "},
	} {
		if text := w.must(strings.Fields(look.verb)...); !strings.Contains(text, look.want) {
			t.Errorf("%s lacks %q:\n%s", look.verb, look.want, text)
		}
	}

	got := w.run("signout")
	if got.code != 0 {
		t.Errorf("exit code %d", got.code)
	}
	w.reads("signed out", got.stderr)
	if n := w.aws.Server.CountOK("Logout"); n != 1 {
		t.Errorf("%d sessions ended at AWS", n)
	}
	for range 2 {
		for _, profile := range []string{"dev", "ops"} {
			w.wantComplaint(w.run("export", "--format=json", profile), 5, profile+" after the sign-out")
		}
		w.app().kill()
	}
	if n, m := w.aws.Server.CountOK("Authorize"), w.aws.Server.CountOK("GetRoleCredentials"); n != 1 || m != 2 {
		t.Errorf("%d sign-ins, %d times credentials of a role", n, m)
	}
}
