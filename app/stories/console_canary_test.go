//go:build linux

package stories_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// page is a page that leads to a one-shot address.
var page = regexp.MustCompile(`^file:///.*/vaultbar/browsers/pages/[A-Z0-9]{26}\.html$`)

// oneShot is an address that a browser may be given.
var oneShot = regexp.MustCompile(`^http://127\.0\.0\.1:[0-9]+/o/[A-Za-z0-9_-]{43}$`)

// A whole run of the console, through what works and what fails: nothing that
// signs in is in any argument, log, error or file.
func TestNoConsoleSecretIsTold(t *testing.T) {
	t.Parallel()
	testenv.Root(t) // to look at every process and file
	a := newAviary(t)
	f := newFakeBrowsers(a.world)
	ended := a.serve(a.traced(f.app()))
	a.keep("the app", outcome{})
	a.verb(0, keyJSON(a.spare), "add", "--stdin", "--replace", plain)
	a.verb(0, keyJSON(a.aws.Key), "add", "--stdin", "--replace", bastion)
	a.verb(0, a.freshCode()+"\n", "exec", "--mfa-stdin", hoge, "--", "true")

	usual := a.browserStarts(func() { a.verb(0, "", "login", "--browser", "chromium", hoge) })
	own := a.browserStarts(func() { a.verb(0, "", "login", "--browser", "chromium", "--isolated", hoge) })
	if own > usual+1 {
		t.Errorf("a window of its own takes %d starts of programs, the usual one %d", own, usual)
	}
	a.verb(0, "", "login", plain)
	a.verb(0, "", "login", "--isolated=other", "--browser", "firefox", "--service", "s3", plain)
	a.verb(0, "", "open", "--profile", hoge, "arn:aws:lambda:ap-northeast-1:111111111111:function:f")
	a.consoleFailures(f)
	a.stop()
	ended()

	a.long, a.session = nil, nil
	a.heedIssued(10)
	if n := a.aws.Server.CountOK("login"); n != 0 {
		t.Errorf("%d browsers followed the redirect", n)
	}
	a.listen()
	for _, line := range f.starts() {
		words := strings.Fields(line)
		last := words[len(words)-1]
		if onceAtMost := strings.HasSuffix(words[0], "/xdg-open") && oneShot.MatchString(last); !onceAtMost && !page.MatchString(last) {
			t.Errorf("a browser was started as %q", line)
		}
	}
}

// consoleFailures are sign-ins that come to nothing.
func (a *aviary) consoleFailures(f fakeBrowsers) {
	a.Helper()
	a.verb(1, "", "login", "--browser", "nosuch", hoge)
	f.misbehave("fails", true)
	a.verb(1, "", "login", "--browser", "chromium", hoge)
	a.verb(1, "", "login", "--browser", "firefox", "--isolated", plain)
	a.verb(1, "", "open", "--profile", hoge, "https://console.aws.amazon.com/s3/home")
	f.misbehave("fails", false)
	a.aws.Server.Fault(awstest.Fault{Action: "getSigninToken", Kind: awstest.EchoBody500})
	a.verb(8, "", "login", hoge)
	a.verb(8, "", "login", "--stdout", plain)
	a.aws.Server.ClearFaults()
}

// browserStarts is how many programs the app starts for something.
func (a *aviary) browserStarts(do func()) int {
	a.Helper()
	count := func() int {
		text, err := os.ReadFile(filepath.Join(a.traces, "000"))
		a.check(err)
		return bytes.Count(text, []byte("execve("))
	}
	before := count()
	do()
	if count() == before {
		a.Error("no browser was started, or strace missed it")
	}
	return count() - before
}

// The address that a browser is started with leads on once, for this user and by
// its own name only.
func TestTheOneShotAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := newFakeBrowsers(w)
	f.misbehave("waits", true)
	ended := w.serve(f.app())
	w.add(plain, w.spare)
	login := w.command("vaultbar", "login", "--browser", "chromium", plain)
	var said bytes.Buffer
	login.Stderr = &said
	w.check(login.Start())
	w.eventually("the browser is started", func() bool { return len(f.starts()) == 1 })
	address, err := ledTo(strings.Fields(f.starts()[0])[1])
	w.check(err)
	if !oneShot.MatchString(address) {
		t.Fatalf("the browser is given %s", address)
	}
	port := address[strings.LastIndex(address, ":"):strings.Index(address, "/o/")]

	for _, host := range []string{"localhost" + port, "evil.example", "127.0.0.1"} {
		if got := w.visits(address, host); got != "403 \"\" \n" {
			t.Errorf("for %s it answers %s", host, got)
		}
	}
	w.uid = nobody
	if got := w.visits(address, ""); got != "403 \"\" \n" {
		t.Errorf("another user gets %s", got)
	}
	w.uid = os.Getuid()
	if got := w.visits(address, ""); !strings.HasPrefix(got, `303 "" `+w.aws.Server.URL()+"/federation?Action=login&") {
		t.Errorf("the first use gets %s", got)
	}
	thief := w.path("story") // it was not the browser that came
	if code := w.exit(login.Wait()); code == 0 || !complaint.MatchString(said.String()) {
		t.Errorf("exit code %d\n%s", code, said.String())
	}
	golden.Message(t, "", said.String(), thief, "THIEF")
	if got := w.visits(address, ""); !strings.HasPrefix(got, "410 ") {
		t.Errorf("the second use gets %s", got)
	}
	w.stop()
	ended()
}

// visits asks for an address as the world's user.
func (w *world) visits(address, host string) string {
	w.Helper()
	cmd := w.command(w.ownProgram(), address)
	cmd.Env, cmd.Dir = w.with(roleVariable+"=visit", "VAULTBAR_STORY_HOST="+host), "/"
	got := w.do(cmd)
	if got.code != 0 {
		w.Errorf("%s", got.stderr)
	}
	return got.stdout
}
