package browser

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/app/internal/program"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

func TestABrowserIsStartedWithTheAddressAndNothingOfOurs(t *testing.T) {
	l := launcher(t)
	record := l.recorder(t, "firefox", "0")
	l.Environ = append(l.Environ, "LD_PRELOAD=/tmp/x.so", "LD_LIBRARY_PATH=/tmp", "GTK_MODULES=x", "AWS_SECRET_ACCESS_KEY=hidden",
		"AWS_SESSION_TOKEN=hidden", "VAULTBAR_FILE_PASSPHRASE=hidden", "PATH=/tmp/evil", "BASH_ENV=/tmp/x", "LC_TIME=de_DE.UTF-8",
		"DISPLAY=:7", "DBUS_SESSION_BUS_ADDRESS=disabled:", "LANG=")
	secret, err := os.Create(filepath.Join(t.TempDir(), "secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = secret.Close() }()
	if _, err := l.Open(t.Context(), Request{Address: address, Browser: "firefox"}); err != nil {
		t.Fatal(err)
	}
	lines := recorded(t, record)
	if got := only(lines, "arg"); !slices.Equal(got, []string{address}) {
		t.Errorf("arguments are %q", got)
	}
	var names []string
	for _, entry := range only(lines, "env") {
		name, value, _ := strings.Cut(entry, "=")
		names = append(names, name)
		if strings.Contains(value, "evil") || strings.Contains(value, "hidden") || name == "DISPLAY" && value != ":7" {
			t.Errorf("the environment has %s", entry)
		}
	}
	slices.Sort(names) // PWD is the shell's own
	if want := []string{"DISPLAY", "HOME", "LC_TIME", "PATH", "PWD", "XDG_CONFIG_DIRS", "XDG_DATA_DIRS"}; !slices.Equal(names, want) {
		t.Errorf("the environment has %v, not %v", names, want)
	}
	if session := strings.Fields(only(lines, "session")[0]); session[0] != session[1] {
		t.Errorf("the browser is in session %s and not in its own, %s", session[0], session[1])
	}
	if got := only(lines, "cwd"); got[0] != "/" {
		t.Errorf("it runs in %s", got[0])
	}
	if got := only(lines, "fd"); !slices.Contains(got, "/dev/null") || slices.Contains(got, secret.Name()) {
		t.Errorf("it has open: %q", got)
	}
}

func TestOpenSaysWhichBrowserItStarted(t *testing.T) {
	for _, c := range []struct {
		programs []string
		request  Request
		want     string
	}{
		{[]string{"firefox", "chromium"}, Request{Preferred: "chromium"}, "Chromium"},
		{[]string{"firefox", "chromium"}, Request{Browser: "firefox-esr"}, "Firefox"},
		{[]string{"chromium"}, Request{Isolated: "prod"}, "Chromium"},
		{[]string{"xdg-open", "chromium"}, Request{}, "the browser"},
	} {
		c.request.Address = address
		if got, err := launcher(t, c.programs...).Open(t.Context(), c.request); err != nil || got != c.want {
			t.Errorf("%v: %q, %v; want %q", c.programs, got, err, c.want)
		}
	}
}

func TestAnIsolatedBrowserIsGivenAFolderOfItsOwn(t *testing.T) {
	for program, want := range map[string][]string{
		"chromium": {"--user-data-dir=DIR", "--no-first-run", "--no-default-browser-check", "--new-window", address},
		"firefox":  {"--profile", "DIR", "--new-window", address},
	} {
		l := launcher(t)
		record := l.recorder(t, program, "0")
		if _, err := l.Open(t.Context(), Request{Address: address, Isolated: "Prod/Admin", Color: "#cc0000"}); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(l.Folder, program, "%50rod%2f%41dmin")
		for i := range want {
			want[i] = strings.ReplaceAll(want[i], "DIR", dir)
		}
		if got := only(recorded(t, record), "arg"); !slices.Equal(got, want) {
			t.Errorf("arguments are %q, not %q", got, want)
		}
		if stat, err := os.Stat(dir); err != nil || stat.Mode().Perm() != 0o700 {
			t.Errorf("the folder is %v, %v", stat.Mode(), err)
		}
	}
}

func TestTheSystemChoosesABrowserThatIsNotKnown(t *testing.T) {
	l := launcher(t)
	record := l.recorder(t, "xdg-open", "0")
	if _, err := l.Open(t.Context(), Request{Address: address}); err != nil {
		t.Fatal(err)
	}
	if got := only(recorded(t, record), "arg"); !slices.Equal(got, []string{address}) {
		t.Errorf("arguments are %q", got)
	}
	_, err := l.Open(t.Context(), Request{Address: address, Isolated: "prod"})
	if !errors.Is(err, ErrNone) || vaultcore.Hint(err) == "" {
		t.Errorf("a window of its own without a browser: %v", err)
	}
}

func TestFailuresNameTheCauseAndNotTheAddress(t *testing.T) {
	never := make(chan struct{})
	secret := "https://signin.aws.amazon.com/federation?Action=login&SigninToken=VCQgs5qZZt3Q6fn8Tr5EXAMPLE"
	for _, c := range []struct {
		name, script string
		request      Request
		kind         error
	}{
		{"ends at once", "exit 3", Request{Address: address, Visited: never}, ErrStart},
		{"is killed", "kill -9 $$", Request{Address: address, Visited: never}, ErrStart},
		{"no screen", "", Request{Address: address}, ErrStart},
		{"no such browser", "", Request{Address: address, Browser: "lynx"}, ErrNone},
		{"sign-in address", "", Request{Address: secret}, vaultcore.ErrRequest},
		{"container in Chromium", "", Request{Address: address, Browser: "chromium", Container: "x"}, vaultcore.ErrRequest},
		{"both", "", Request{Address: address, Isolated: "x", Container: "x"}, vaultcore.ErrRequest},
		{"color", "", Request{Address: address, Color: "#zzz"}, vaultcore.ErrRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := launcher(t, "chromium")
			l.install(t, "firefox", c.script)
			if c.name == "no screen" {
				l.Environ = []string{"HOME=/nonexistent"}
			}
			_, err := l.Open(t.Context(), c.request)
			if !errors.Is(err, c.kind) || vaultcore.Hint(err) == "" && c.kind != vaultcore.ErrRequest {
				t.Fatalf("got %v, hint %q", err, vaultcore.Hint(err))
			}
			golden.Message(t, "", testkit.ErrorText(err))
			for _, text := range []string{err.Error(), vaultcore.Hint(err)} {
				if strings.Contains(text, "1234") || strings.Contains(text, "SigninToken") || strings.Contains(text, "signin.aws") {
					t.Errorf("the failure quotes the address: %s", text)
				}
			}
		})
	}
}

func TestAProgramThatCannotBeRunIsNamed(t *testing.T) {
	l := launcher(t)
	path := l.install(t, "firefox", "")
	if err := os.WriteFile(path, []byte("#!/nonexistent/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := l.Open(t.Context(), Request{Address: address})
	if !errors.Is(err, ErrStart) {
		t.Errorf("got %v", err)
	}
	golden.Message(t, "", err.Error())
}

func TestOpenWaitsForTheVisit(t *testing.T) {
	l := launcher(t, "firefox")
	visited := make(chan struct{})
	opened := make(chan error, 1)
	go func() {
		_, err := l.Open(t.Context(), Request{Address: address, Visited: visited})
		opened <- err
	}()
	select {
	case err := <-opened:
		t.Fatalf("open before the visit: %v", err)
	case <-time.After(100 * time.Millisecond): // ended well: handed to another window
	}
	close(visited)
	if err := wait.For(t, "it is opened", opened); err != nil {
		t.Error(err)
	}
}

func TestWatch(t *testing.T) {
	failed := errors.New("exit status 1")
	for _, c := range []struct {
		name    string
		steps   func(cancel func(), ended chan<- error, visited chan<- struct{})
		want    error
		seconds float64
	}{
		{"visited", func(_ func(), _ chan<- error, v chan<- struct{}) { time.Sleep(3 * time.Second); close(v) }, nil, 3},
		{"handed over", func(_ func(), e chan<- error, v chan<- struct{}) {
			e <- nil
			time.Sleep(time.Second)
			close(v)
		}, nil, 1},
		{"fails", func(_ func(), e chan<- error, _ chan<- struct{}) { time.Sleep(2 * time.Second); e <- failed }, ErrStart, 2},
		{"never visits", func(func(), chan<- error, chan<- struct{}) {}, ErrStart, 30},
		{"given up", func(cancel func(), _ chan<- error, _ chan<- struct{}) { time.Sleep(time.Second); cancel() }, context.Canceled, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				ended, visited := make(chan error, 1), make(chan struct{})
				began := time.Now()
				go c.steps(cancel, ended, visited)
				if err := watch(ctx, "Firefox", "/usr/bin/firefox", patience, ended, visited); !errors.Is(err, c.want) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began).Seconds(); took != c.seconds {
					t.Errorf("took %v s", took)
				}
			})
		})
	}
}

// The address reaches a browser by a page that is its person's alone, and is removed
// once the address is used; when the page comes to nothing, by the arguments.
func TestTheAddressIsInNoArgument(t *testing.T) {
	l := launcher(t)
	record := l.recorder(t, "firefox", "0")
	visited, paged, opened := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := l.Open(t.Context(), Request{Address: address, Browser: "firefox", Visited: visited, Paged: func() { close(paged) }})
		opened <- err
	}()
	wait.For(t, "the page is there", paged)
	got := only(recorded(t, record), "arg")
	path, ok := strings.CutPrefix(got[len(got)-1], "file://")
	if !ok || len(got) != 1 {
		t.Fatalf("arguments are %q", got)
	}
	text, err := os.ReadFile(path)
	stat, _ := os.Stat(path)
	if err != nil || !strings.Contains(string(text), `url=`+address+`"`) || stat.Mode() != 0o600 {
		t.Errorf("%v, mode %v: %s", err, stat.Mode(), text)
	}
	close(visited)
	if err := wait.For(t, "it is opened", opened); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the page is still there")
	}
}

func TestNoPageForABrowserThatCannotSeeIt(t *testing.T) {
	l := launcher(t)
	announced := func() { t.Error("a page is announced") }
	for _, b := range []Browser{{sandbox: flatpak}, {sandbox: snap}} {
		if _, _, ok := l.page(b, Request{Address: address, Paged: announced}); ok {
			t.Errorf("a page for a browser in a %s", b.sandbox)
		}
	}
	if _, _, ok := l.page(Browser{}, Request{Address: address, Container: "x", Paged: announced}); ok {
		t.Error("a page for a container")
	}
}

// A browser that heeds its environment reaches AWS as Vaultbar does, and this
// machine directly.
func TestEnvironWithProxy(t *testing.T) {
	l := &Launcher{Environ: []string{"HOME=/home/ann", "https_proxy=http://of-the-starter"}}
	if got := program.Getenv(l.environ(""), "https_proxy"); got != "http://of-the-starter" {
		t.Errorf("without a proxy: %q", got)
	}
	env := l.environ("http://proxy:3128")
	if program.Getenv(env, "https_proxy") != "http://proxy:3128" || program.Getenv(env, "no_proxy") != "localhost,127.0.0.1,::1" {
		t.Errorf("got %q", env)
	}
}
