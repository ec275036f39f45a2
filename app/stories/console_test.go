//go:build linux

package stories_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// The pages of awstest's console that the two consoles of a story show.
const (
	hogesPage  = "/console/ap-northeast-1.console.aws.amazon.com/ec2/home"
	plainsPage = "/console/eu-west-1.console.aws.amazon.com/s3/home"
)

// Two consoles in two browser profiles, side by side: each is signed in as itself,
// and still is after it has been reloaded with the other one open.
func TestDesktopConsolesSideBySide(t *testing.T) {
	t.Parallel()
	for name, program := range map[string]string{"chromium": "chromium", "firefox": "firefox-esr"} {
		t.Run(name, func(t *testing.T) {
			testenv.Program(t, program, program)
			d := newBrowserDesktop(t)
			d.aws.Server.ReloadPages()
			d.must("login", "--isolated", "--browser", name, "--service", "ec2", hoge)
			d.reloaded(hogesPage, ":assumed-role/hoge/", 0)
			d.must("login", "--isolated", "--browser", name, "--service", "s3", "--region", "eu-west-1", plain)
			d.reloaded(plainsPage, ":federated-user/bob", 0)
			d.reloaded(hogesPage, ":assumed-role/hoge/", len(d.loads(hogesPage)))
			d.reloaded(plainsPage, ":federated-user/bob", len(d.loads(plainsPage)))
			for _, call := range d.aws.Server.Calls() {
				if call.Service == "console" && strings.Contains(call.Action, "/home") && call.Action != hogesPage && call.Action != plainsPage {
					t.Errorf("a console was opened at %s", call.Action)
				}
			}
		})
	}
}

// reloaded waits until a page was loaded and loaded again after so many earlier
// visits, and checks that the browser was signed in as the same one each time.
func (d *desktop) reloaded(page, who string, earlier int) {
	d.Helper()
	var all []awstest.Call
	d.screen.Eventually(page+" is reloaded", func() bool {
		all = d.loads(page)
		return len(all) >= earlier+2 && all[len(all)-1].Status != 0
	})
	for _, call := range all {
		if call.Status != 0 && (call.Code != "" || !strings.Contains(call.Principal, who)) {
			d.Errorf("%s is shown to %q (%s), not to %s", page, call.Principal, call.Code, who)
		}
	}
}

// Inside a subshell of exec the environment holds a session, which AWS signs
// nobody in with: the app has the key.
func TestLoginInsideASubshell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withConsole()
	w.add(bastion, w.aws.Key)
	w.add(plain, w.spare)
	w.signIn(hoge)
	for profile, who := range map[string]string{
		hoge: ":assumed-role/hoge/", bastion: ":federated-user/ann", plain: ":federated-user/bob",
	} {
		address := w.must("exec", profile, "--", "vaultbar", "login", "--stdout", "--service", "s3")
		if strings.Count(address, "\n") != 1 {
			t.Errorf("%s: stdout has %d lines", profile, strings.Count(address, "\n"))
		}
		jar, err := cookiejar.New(nil)
		w.check(err)
		answer, err := (&http.Client{Jar: jar}).Get(strings.TrimSpace(address))
		w.check(err)
		page, err := io.ReadAll(answer.Body)
		w.check(errors.Join(err, answer.Body.Close()))
		if !strings.Contains(string(page), who) || !strings.Contains(string(page), "Service: s3") {
			t.Errorf("%s: the console shows\n%s", profile, page)
		}
	}
}

// A link that is given to the app's program, as on Windows, is what it is to the
// command.
func TestTheAppHandsALinkOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, link := range []string{"vaultbar://evil.example/", "--help", "vaultbar://console.aws.amazon.com/ec2/home"} {
		want := w.run("open", "--", link)
		if got := w.do(w.command("vaultbar-app", "open", link)); got != want || got.code == 0 {
			t.Errorf("%s: %+v, the command: %+v", link, got, want)
		}
	}
}

// Real browsers are signed in, also ones that run already, and whoever reads the
// command lines of all processes all the time does not see the address.
//
// It runs alone: those of other tests are seen too, and a browser that has no processor to
// itself takes so long that the address is handed to it once more, as an argument.
func TestDesktopNoAddressOnACommandLine(t *testing.T) {
	for name, program := range map[string]string{"chromium": "chromium", "firefox": "firefox-esr"} {
		t.Run(name, func(t *testing.T) {
			testenv.Program(t, program, program)
			d := newBrowserDesktop(t)
			ctx, stop := context.WithCancel(t.Context())
			seen := make(chan string, 1)
			go func() { seen <- pollArguments(ctx, d.home, "/o/") }()
			d.must("login", "--browser", name, "--service", "ec2", hoge)
			d.must("login", "--browser", name, "--service", "s3", hoge)
			d.must("login", "--browser", name, "--isolated", "--service", "ec2", hoge)
			stop()
			if line := wait.For(t, "the reader of command lines stops", seen); line != "" {
				t.Errorf("seen: %s", line)
			}
			if left, err := filepath.Glob(filepath.Join(d.home, ".local/share/vaultbar/browsers/pages/*")); err != nil || len(left) > 0 {
				t.Errorf("pages are left: %q, %v", left, err)
			}
		})
	}
}

// pollArguments reads the command lines of all processes until it finds one with the text.
// One whose environment names another home is of another test.
func pollArguments(ctx context.Context, home, text string) string {
	of := []byte("HOME=" + home)
	for ctx.Err() == nil {
		lines, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is good
		for _, path := range lines {
			line, err := os.ReadFile(path)
			if err != nil || !bytes.Contains(line, []byte("http://127.0.0.1:")) || !bytes.Contains(line, []byte(text)) {
				continue
			}
			env, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "environ"))
			named := func(entry []byte) bool { return bytes.HasPrefix(entry, []byte("HOME=")) && !bytes.Equal(entry, of) }
			if !slices.ContainsFunc(bytes.Split(env, []byte{0}), named) {
				return strings.ReplaceAll(string(line), "\x00", " ")
			}
		}
	}
	return ""
}
