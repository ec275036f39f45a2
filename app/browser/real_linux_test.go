package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// service starts a program that goes on, and returns the first line it prints to
// the descriptor that it is told to print to.
func service(t *testing.T, argv ...string) string {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.ExtraFiles = []*os.File{writer}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	_ = writer.Close()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatalf("%s: %v", argv[0], err)
	}
	return strings.TrimSpace(line)
}

// desktop is a launcher of the real browsers, on a screen and a bus of its own.
func desktop(t *testing.T) *Launcher {
	t.Helper()
	testenv.Time(t)
	testenv.Program(t, "Xvfb", "xvfb")
	testenv.Program(t, "dbus-daemon", "dbus")
	home, err := os.MkdirTemp("/tmp", "b") // short, for what the browsers make of it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	display := service(t, "Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	bus := service(t, "dbus-daemon", "--session", "--nofork", "--print-address=3")
	l := &Launcher{
		Folder:  filepath.Join(home, "data", "browsers"),
		Environ: []string{"HOME=" + home, "DISPLAY=:" + display, "DBUS_SESSION_BUS_ADDRESS=" + bus, "LANG=C.UTF-8"},
	}
	t.Cleanup(func() { end(t, home, syscall.SIGKILL) })
	return l
}

// processes are those with a text among their arguments or in their environment.
func processes(t *testing.T, text string) []int {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, path := range lines {
		line, err := os.ReadFile(path)
		env, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "environ")) // not ours to read: another's
		if err != nil || !strings.Contains(string(line)+string(env), text) {
			continue // it has ended, or is another
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

// end ends the processes of a folder, and waits for it. Asked to end, a browser
// ends its children itself, when they have stored what they know.
func end(t *testing.T, dir string, signal syscall.Signal) {
	t.Helper()
	for _, pid := range processes(t, dir) {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		child := strings.Contains(string(line), "--type=") || strings.Contains(string(line), "-contentproc")
		if err == nil && (!child || signal == syscall.SIGKILL) {
			_ = syscall.Kill(pid, signal) // gone already, or it goes with its parent
		}
	}
	wait.Until(t, "the end of the browser", func() bool { return len(processes(t, dir)) == 0 })
}

// site is a console of sorts: /in/NAME signs in with a cookie, and each page is
// told who asked for it.
type site struct {
	*httptest.Server
	mutex  sync.Mutex
	visits map[string]string        // guarded by mutex: who asked for a page
	opened map[string]chan struct{} // guarded by mutex: closed when it was
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{visits: map[string]string{}, opened: map[string]chan struct{}{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := "nobody"
	if cookie, err := r.Cookie("who"); err == nil {
		who = cookie.Value
	}
	if name, ok := strings.CutPrefix(r.URL.Path, "/in/"); ok {
		http.SetCookie(w, &http.Cookie{Name: "who", Value: name, Path: "/", MaxAge: 86400})
	}
	fmt.Fprintln(w, who)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if page, ok := s.opened[r.URL.Path]; ok && s.visits[r.URL.Path] == "" {
		s.visits[r.URL.Path] = who
		close(page)
	}
}

// visit opens a page, which must not have been opened before, and returns who the
// browser was signed in as.
func (s *site) visit(t *testing.T, l *Launcher, r Request, path string) string {
	t.Helper()
	opened := make(chan struct{})
	s.mutex.Lock()
	s.opened[path] = opened
	s.mutex.Unlock()
	r.Address, r.Visited = s.URL+path, opened
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if _, err := l.Open(ctx, r); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.visits[path]
}

func TestRealChromium(t *testing.T) {
	testenv.Root(t)
	testenv.Program(t, "chromium", "chromium")
	l := desktop(t)
	l.Programs = []string{filepath.Join(filepath.Dir(filepath.Dir(l.Folder)), "bin")}
	if err := os.Mkdir(l.Programs[0], 0o755); err != nil {
		t.Fatal(err)
	}
	l.install(t, "chromium", `exec /usr/bin/chromium --no-sandbox --remote-debugging-port=0 "$@"`) // run by root, as in a container
	real(t, l, Request{Browser: "chromium"}, func(dir string) { closePages(t, dir) })
}

func TestRealFirefox(t *testing.T) {
	testenv.Program(t, "firefox-esr", "firefox-esr")
	real(t, desktop(t), Request{Browser: "firefox"}, func(dir string) { end(t, dir, syscall.SIGTERM) })
}

// closePages closes Chromium's pages, as a person does: told to end, it would
// forget the cookies of the last half minute.
func closePages(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "DevToolsActivePort"))
	if err != nil {
		t.Fatal(err)
	}
	port, _, _ := strings.Cut(string(text), "\n")
	get := func(path string) *http.Response {
		t.Helper()
		answer, err := http.Get("http://127.0.0.1:" + port + path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		return answer
	}
	var pages []struct{ ID, Type string }
	if err := json.NewDecoder(get("/json/list").Body).Decode(&pages); err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if page.Type == "page" {
			get("/json/close/" + page.ID)
		}
	}
}

// real opens the consoles of two accounts side by side, beside the person's own
// browser. closing closes the windows of one.
func real(t *testing.T, l *Launcher, r Request, closing func(dir string)) {
	s := newSite(t)
	own, prod, staging := r, r, r
	prod.Isolated, prod.Color, staging.Isolated = "Prod/Admin ü%41", "#cc0000", "staging"

	s.visit(t, l, own, "/in/ann")
	s.visit(t, l, prod, "/in/prod")
	s.visit(t, l, staging, "/in/staging")
	for _, c := range []struct {
		request   Request
		path, who string
	}{{prod, "/prod", "prod"}, {staging, "/staging", "staging"}, {own, "/own", "ann"}, {prod, "/prod/again", "prod"}} {
		if who := s.visit(t, l, c.request, c.path); who != c.who {
			t.Errorf("%s is opened as %s, not as %s", c.path, who, c.who)
		}
	}
	if err := l.RemoveProfile(t.Context(), "staging"); !errors.Is(err, ErrOpen) {
		t.Errorf("forgetting an open profile: %v", err)
	}

	dir := func(name string) string { return filepath.Join(l.Folder, r.Browser, folderName(name)) }
	shut := func() bool { return !l.isOpen("staging") && len(processes(t, dir("staging"))) == 0 }
	closing(dir("staging"))
	wait.Until(t, "the window to close", shut)
	if who := s.visit(t, l, staging, "/restarted"); who != "staging" {
		t.Errorf("after a restart it is opened as %s", who)
	}
	end(t, dir("staging"), syscall.SIGKILL)
	wait.Until(t, "the lock", shut)
	if err := l.RemoveProfile(t.Context(), "staging"); err != nil {
		t.Errorf("forgetting a profile whose browser was killed: %v", err)
	}
	if who := s.visit(t, l, staging, "/forgotten"); who != "nobody" {
		t.Errorf("forgotten, it is opened as %s", who)
	}
	if who := s.visit(t, l, prod, "/prod/last"); who != "prod" {
		t.Errorf("the other one is opened as %s", who)
	}
}

func (l *Launcher) isOpen(name string) bool {
	return slices.ContainsFunc(l.Profiles(), func(p Profile) bool { return p.Name == name && p.Open })
}

func TestAFirefoxWithoutABusIsNotAskedInVain(t *testing.T) {
	testenv.Program(t, "firefox-esr", "firefox-esr")
	l, s := desktop(t), newSite(t)
	l.Environ = append(l.Environ, "DBUS_SESSION_BUS_ADDRESS=disabled:")
	r := Request{Browser: "firefox", Isolated: "prod"}
	s.visit(t, l, r, "/in/prod")
	r.Address = s.URL + "/second"
	_, err := l.Open(t.Context(), r)
	if !errors.Is(err, ErrOpen) || !strings.Contains(err.Error(), "session bus") || strings.Contains(err.Error(), s.URL) {
		t.Errorf("got %v", err)
	}
}
