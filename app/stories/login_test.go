//go:build linux

package stories_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// logsIn gives the world a user who signs in by aws login, and the profiles for that. It
// returns the user.
func (w *world) logsIn() *awstest.User {
	w.Helper()
	ann, config := w.loginProfiles("dev")
	w.writeConfig(config)
	return ann
}

// loginProfiles are a user who signs in by aws login, the profile for that, and deploy,
// of a role above it.
func (w *world) loginProfiles(name string) (ann *awstest.User, config string) {
	account := w.aws.Server.Account("999999999999")
	ann = account.User("ann")
	role := account.Role("deploy", awstest.Trust{Principals: []string{account.ARN()}})
	return ann, "[profile " + name + "]\nregion = eu-west-1\nlogin_session = " + ann.ARN() + "\n" +
		"[profile deploy]\nregion = eu-west-1\nrole_arn = " + role.ARN() + "\nsource_profile = " + name + "\n"
}

var (
	loginAddress = regexp.MustCompile(`http\S+/v1/authorize\?\S+`)
	pageCode     = regexp.MustCompile(`<p>([A-Za-z0-9+/=]{20,})</p>`)
)

// bringCode signs in at the page that a terminal shows, and answers with the code that
// it shows.
func (s *ptySession) bringCode(who string) string {
	s.w.Helper()
	s.expect("Code from the page: ")
	shown, _, _ := s.shown()
	address := loginAddress.FindString(shown)
	page, err := awstest.Visitor{Name: who}.Visit(s.w.Context(), awstest.NewBrowser(), address)
	code := pageCode.FindStringSubmatch(page.Text)
	if err != nil || code == nil {
		s.w.Fatalf("the page of %q says %v\n%s", address, err, page.Text)
	}
	s.answer(code[1])
	return code[1]
}

// TestStoryLogin: a person signs in by aws login at a terminal, with a browser
// elsewhere. From then on every program gets credentials, those that read the sign-in by
// themselves too, also after a crash, until the person signs out.
func TestStoryLogin(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	w.withConsole()
	ann := w.logsIn()
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	w.wantComplaint(w.run("export", "--format=json", "dev"), 5, "before the sign-in")

	s := w.sit(ssh("vaultbar signin dev"))
	s.bringCode(ann.ARN())
	if code := s.wait(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, s.all())
	}
	w.export("dev")
	w.export("deploy")
	if n := w.aws.Server.CountOK("CreateOAuth2Token"); n != 1 {
		t.Errorf("%d tokens for two profiles", n)
	}
	cached, err := filepath.Glob(filepath.Join(w.home, ".aws", "login", "cache", "*.json"))
	if err != nil || len(cached) != 1 {
		t.Fatalf("cached: %q, %v", cached, err)
	}
	sdk := w.command(os.Args[0], "dev") // reads login_session and its cache by itself
	sdk.Env = w.with(roleVariable + "=sdk")
	if arn := w.arnIn(w.do(sdk)); arn != ann.ARN() {
		t.Errorf("AWS's SDK for Go is %s", arn)
	}
	if got := w.do(w.command("vaultbar", "exec", "dev", "--", "sh", "-c", `test -n "$AWS_SESSION_TOKEN"`)); got.code != 0 {
		t.Errorf("exec ends with %d: %s", got.code, got.stderr)
	}
	const report = "arn:aws:lambda:eu-west-1:999999999999:function:report"
	for command, want := range map[string]string{
		"list --long": "renews by itself", "status": "dev: signed in ", "explain dev": "opens as whoever",
		"login --stdout dev": "https://eu-west-1.console.aws.amazon.com/", "login --stdout deploy": "SigninToken=",
		"open --stdout --profile dev " + report: "https://eu-west-1.console.aws.amazon.com/", "open --stdout --profile deploy " + report: "SigninToken=",
	} {
		if text := w.must(strings.Fields(command)...); !strings.Contains(text, want) {
			t.Errorf("%s says\n%s", command, text)
		}
	}

	w.wantComplaint(w.run("open", "--stdout", report), 5, "open without a profile") // both reach that account

	w.app().kill()
	w.must("clear", "dev")
	w.export("dev")
	if n := w.aws.Server.Count("AuthorizeOAuth2Access"); n != 1 {
		t.Errorf("%d sign-ins after a crash", n)
	}

	w.must("signout", "dev")
	if _, err := os.Stat(cached[0]); !os.IsNotExist(err) {
		t.Errorf("the cached sign-in is there still: %v", err)
	}
	w.wantComplaint(w.run("export", "--format=json", "dev"), 5, "after the sign-out")
}

// TestStoryLoginElsewhere: AWS_LOGIN_CACHE_DIRECTORY of who asks is where the sign-in
// is, and an address that nobody trusts is not told anything.
func TestStoryLoginElsewhere(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	ann := w.logsIn()
	w.settings("trusted_endpoints = " + w.aws.Server.URL() + "\n")
	w.env = w.with("AWS_ENDPOINT_URL_SIGNIN="+w.aws.Server.URL(), "AWS_LOGIN_CACHE_DIRECTORY="+w.path("elsewhere"))
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	w.wantComplaint(w.run("export", "--format=json", "dev"), 5, "")
	if n := w.aws.Server.Count("CreateOAuth2Token"); n != 0 {
		t.Errorf("%d calls", n)
	}
	s := w.sit(ssh("vaultbar exec dev -- true"))
	s.expect("[a]lways")
	s.answer("always")
	s.bringCode(ann.ARN())
	if code := s.wait(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, s.all())
	}
	if cached, err := filepath.Glob(w.path("elsewhere", "*.json")); err != nil || len(cached) != 1 {
		t.Errorf("cached: %q, %v", cached, err)
	}
}
