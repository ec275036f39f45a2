package terminal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// recording is a program that writes down how it was called.
func recording(t *testing.T, name string) (path string, calls func() string) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, name)
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" >'" + dir + "/new'\necho \"env $WHOSE\" >>'" + dir + "/new'\nmv '" + dir + "/new' '" + dir + "/calls'\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path, func() string {
		text, _ := os.ReadFile(filepath.Join(dir, "calls"))
		return string(text)
	}
}

func TestOpenTerminal(t *testing.T) {
	for name, before := range map[string]string{"gnome-terminal": "--", "kitty": "", "konsole": "-e", "wezterm": "start\n--", "my-own": "-e"} {
		path, calls := recording(t, name)
		l := terminal.Launcher{Env: []string{"WHOSE=person", "PATH=/usr/bin:/bin"}, Terminal: path}
		if err := l.OpenTerminal(t.Context(), []string{"/usr/bin/vaultbar", "exec", "my profile; rm -rf ~"}); err != nil {
			t.Fatal(err)
		}
		want := strings.TrimPrefix(before+"\n/usr/bin/vaultbar\nexec\nmy profile; rm -rf ~\nenv person\n", "\n")
		if got := calls(); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	failing := terminal.Launcher{Terminal: "/bin/false"}
	if err := failing.OpenTerminal(t.Context(), []string{"x"}); !errors.Is(err, terminal.ErrNotOpened) || strings.Contains(err.Error(), "\"x\"") {
		t.Errorf("a terminal that fails: %v", err)
	}
	missing := terminal.Launcher{Terminal: "no-such-terminal"}
	if err := missing.OpenTerminal(t.Context(), []string{"x"}); !errors.Is(err, errors.ErrUnsupported) || vaultcore.Hint(err) == "" {
		t.Errorf("no terminal: %v", err)
	}
}

func TestOpenPageAndFile(t *testing.T) {
	testenv.Program(t, "xdg-open", "xdg-utils")
	s := desktoptest.Start(t)
	browser, calls := recording(t, "browser")
	s.Browser(browser)
	l := terminal.Launcher{Env: append(s.Env(), "WHOSE=person")}
	const page = "https://console.aws.amazon.com/?a=b&c='d'"
	if err := l.OpenURL(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	s.Eventually("the browser is started", func() bool { return calls() != "" })
	if got := calls(); !strings.HasPrefix(got, "https://console.aws.amazon.com/?a=b") || !strings.HasSuffix(got, "env person\n") {
		t.Errorf("got %q", got)
	}
	for _, bad := range []string{"file:///etc/passwd", "javascript:alert(1)", "--help", "", "https://"} {
		if err := l.OpenURL(t.Context(), bad); err == nil {
			t.Errorf("%q was opened", bad)
		}
	}
	for _, bad := range []string{"relative", "/nonexistent/log"} {
		if err := l.OpenFile(t.Context(), bad); err == nil {
			t.Errorf("%q was opened", bad)
		}
	}
}
