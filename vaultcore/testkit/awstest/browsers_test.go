package awstest

import (
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

func TestChromiumSignsIn(t *testing.T) {
	testenv.Time(t)
	chromium := testenv.Program(t, "chromium", "chromium")
	signInWith(t, chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0", "--user-data-dir="+folder(t))
}

func TestFirefoxSignsIn(t *testing.T) {
	testenv.Time(t)
	firefox := testenv.Program(t, "firefox-esr", "firefox-esr")
	signInWith(t, firefox, "--headless", "--no-remote", "--profile", folder(t))
}

// folder is for a browser, whose children may write there after its end.
func folder(t *testing.T) string {
	t.Helper()
	path, err := os.MkdirTemp("", "browser")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(path) })
	return path
}

// signInWith has a real browser open the pages: for a person that refuses, one that
// allows, and for `aws login`.
func signInWith(t *testing.T, browser string, args ...string) {
	t.Helper()
	d := newDirectory(t)
	c, w := d.register(t, nil), newWaiter(t)
	ann := d.account.User("ann")
	signing := &loginWorld{small: small{srv: d.srv}, waiter: w}
	visit := func(v Visitor, address string) url.Values {
		t.Helper()
		d.srv.PlayVisitor(&v)
		cmd := exec.CommandContext(t.Context(), browser, append(args, address)...)
		cmd.Env = append(cmd.Environ(), "DBUS_SESSION_BUS_ADDRESS=disabled:", "HOME="+folder(t))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
		select {
		case answer := <-w.answers:
			return answer
		case <-time.After(2 * time.Minute):
			t.Fatalf("the browser brought nothing: %+v", d.srv.Calls())
			return nil
		}
	}
	address := d.srv.URL() + "/authorize?" + w.query(c).Encode()
	if answer := visit(Visitor{Name: "ann", Refuse: true}, address); answer.Get("error") != "access_denied" || answer.Get("state") != "some state" {
		t.Errorf("refused: %v", answer)
	}
	answer := visit(Visitor{Name: "ann"}, address)
	if _, err := d.redeem(t, c, w, answer.Get("code")); err != nil || answer.Get("state") != "some state" {
		t.Errorf("%v, %v", answer, err)
	}
	if answer := visit(Visitor{Name: ann.ARN()}, signing.address(nil)); answer.Get("code") == "" {
		t.Errorf("for aws login: %v", answer)
	}
}
