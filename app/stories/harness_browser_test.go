//go:build linux

package stories_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// pageLink is where a page leads.
var pageLink = regexp.MustCompile(`url=(http://127\.0\.0\.1:[0-9]+/o/[A-Za-z0-9_-]{43})"`)

// ledTo is the address that a browser is given: by a page, which only its person may
// read, or by itself.
func ledTo(argument string) (string, error) {
	path, ok := strings.CutPrefix(argument, "file://")
	if !ok {
		return argument, nil
	}
	stat, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	link := pageLink.FindSubmatch(text)
	if link == nil || stat.Mode().Perm() != 0o600 {
		return "", fmt.Errorf("a page of mode %v leads to %q", stat.Mode(), link)
	}
	return string(link[1]), nil
}

// visitOnce is a browser of sorts: it asks for its last argument, or where that page
// leads, and follows no redirect. It prints the status, the body and where it was sent.
func visitOnce(args []string) error {
	address, err := ledTo(args[len(args)-1])
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	if host := os.Getenv("VAULTBAR_STORY_HOST"); host != "" {
		request.Host = host
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	fmt.Printf("%d %q %s\n", answer.StatusCode, body, answer.Header.Get("Location"))
	return nil
}

// withConsole has the console's sign-in asked at the world's AWS.
func (w *world) withConsole() {
	w.env = w.with("AWS_ENDPOINT_URL_SIGNIN=" + w.aws.Server.URL())
}

// shadowed runs a command in a view of the file system of its own, in which other
// files lie over some of the system's.
func (w *world) shadowed(cmd *exec.Cmd, over map[string]string) *exec.Cmd {
	w.Helper()
	var script strings.Builder
	for place, file := range over {
		fmt.Fprintf(&script, "mount --bind '%s' '%s' && ", file, place)
	}
	args := []string{"--mount", "--propagation", "private", "sh", "-c", script.String() + `exec "$@"`, "sh", cmd.Path}
	cmd.Path = testenv.Program(w.TB, "unshare", "util-linux")
	cmd.Args = append(append([]string{cmd.Path}, args...), cmd.Args[1:]...)
	return cmd
}

// rootless lets root run Chromium, which refuses root inside its sandbox, and keeps
// it from warning of that: by a file of Debian's own for such flags.
func (w *world) rootless(cmd *exec.Cmd) *exec.Cmd {
	w.Helper()
	if os.Getuid() != 0 {
		return cmd
	}
	const flags = "/etc/chromium.d"
	own := w.path("chromium.d")
	if err := os.CopyFS(own, os.DirFS(flags)); !errors.Is(err, fs.ErrExist) { // from an earlier command
		w.check(err)
	}
	w.check(os.WriteFile(filepath.Join(own, "rootless"), []byte("CHROMIUM_FLAGS=\"$CHROMIUM_FLAGS --no-sandbox --test-type\"\n"), 0o644))
	return w.shadowed(cmd, map[string]string{flags: own})
}

// newBrowserDesktop is a desktop with the real browsers, where the app runs and both
// hoge and plain have what signs them in.
func newBrowserDesktop(t *testing.T, parts ...desktoptest.Part) *desktop {
	t.Helper()
	d := newDesktop(t, parts...)
	d.withConsole()
	d.Cleanup(d.closeBrowsers)
	d.launch(d.rootless(d.command("vaultbar-app")))
	d.add(bastion, d.aws.Key)
	d.add(plain, d.spare)
	d.signIn(hoge)
	return d
}

// closeBrowsers ends the browsers and the scripts that start them, and removes what they
// wrote: one that is just starting another is not seen at once, and writes on.
func (d *desktop) closeBrowsers() {
	quiet := time.Now()
	d.screen.Eventually("the browsers end", func() bool {
		for _, pid := range d.opened() {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended with another
			quiet = time.Now()
		}
		for _, folder := range []string{".config/chromium", ".cache", ".mozilla", ".local/share/vaultbar/browsers"} {
			if os.RemoveAll(filepath.Join(d.home, folder)) != nil {
				quiet = time.Now()
			}
		}
		return time.Since(quiet) >= 100*time.Millisecond
	})
}

// opened are the processes of this world that are no program of ours.
func (d *desktop) opened() []int {
	environs, err := filepath.Glob("/proc/[0-9]*/environ")
	d.check(err)
	var pids []int
	for _, path := range environs {
		environ, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(environ, []byte("HOME="+d.home+"\x00")) {
			continue // it has ended, or is of another world
		}
		program, err := os.Readlink(filepath.Join(filepath.Dir(path), "exe"))
		if err != nil || strings.HasPrefix(filepath.Base(program), "vaultbar") {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// loads are the visits of one page of the console, oldest first.
func (w *world) loads(page string) []awstest.Call {
	var all []awstest.Call
	for _, call := range w.aws.Server.Calls() {
		if call.Service == "console" && call.Action == page {
			all = append(all, call)
		}
	}
	return all
}

// fakeBrowsers is a folder of programs that stand in for all browsers of the
// system.
type fakeBrowsers struct {
	*world
	dir string
}

// newFakeBrowsers makes programs that write down what they are started with, and
// then ask for it as a browser does; unless they are told to behave otherwise.
func newFakeBrowsers(w *world) fakeBrowsers {
	w.Helper()
	testenv.Root(w.TB) // whose the programs must be
	f := fakeBrowsers{w, w.path("fakes")}
	w.check(os.Mkdir(f.dir, 0o755))
	w.withConsole()
	if !slices.ContainsFunc(w.env, func(entry string) bool { return strings.HasPrefix(entry, "DISPLAY=") }) {
		w.env = w.with("DISPLAY=:99") // nothing that is started here shows itself
	}
	script := "#!/bin/sh\ndate +%s%N > " + f.dir + "/started\nprintf '%s\\n' \"$0 $*\" >> " + f.dir + "/argv\n" +
		"if [ -e " + f.dir + "/fails ]; then exit 3; fi\nif [ -e " + f.dir + "/waits ]; then exit 0; fi\n" +
		"exec env " + roleVariable + "=visit '" + os.Args[0] + "' \"$@\"\n"
	w.check(os.WriteFile(filepath.Join(f.dir, "browser"), []byte(script), 0o755))
	return f
}

// app is the command that starts the app where no browser but the fake ones is.
func (f fakeBrowsers) app() *exec.Cmd {
	f.Helper()
	over := map[string]string{}
	for _, name := range []string{"firefox", "chromium", "xdg-open"} {
		over[testenv.Program(f.TB, "/usr/bin/"+name, name)] = filepath.Join(f.dir, "browser")
	}
	return f.shadowed(f.command("vaultbar-app"), over)
}

// misbehave makes the programs fail or wait from now on, or no more.
func (f fakeBrowsers) misbehave(what string, on bool) {
	f.Helper()
	if !on {
		f.check(os.Remove(filepath.Join(f.dir, what)))
		return
	}
	f.check(os.WriteFile(filepath.Join(f.dir, what), nil, 0o644))
}

// starts are the command lines of the programs so far; the shell makes the file a
// moment before it writes a line there.
func (f fakeBrowsers) starts() []string {
	text, err := os.ReadFile(filepath.Join(f.dir, "argv"))
	if err != nil {
		return nil // none was started
	}
	lines := strings.Split(string(text), "\n")
	return lines[:len(lines)-1] // whole ones
}

// serve starts a command that is the app, and waits until it serves.
func (w *world) serve(cmd *exec.Cmd) (ended func()) {
	w.Helper()
	w.check(lasting(cmd).Start())
	w.eventually("the app serves", func() bool { return w.appPID() != 0 })
	return func() { _ = cmd.Wait() } // how it ended is in its log
}
