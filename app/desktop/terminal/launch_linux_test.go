package terminal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
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
	l := Launcher{Env: []string{"WHOSE=person", "PATH=/usr/bin:/bin"}}
	for _, known := range terminals {
		path, calls := recording(t, known.name)
		argv := known.commandLine(path, []string{"/usr/bin/vaultbar", "exec", "my profile; rm -rf ~"})
		if err := l.start(t.Context(), "the terminal", argv, startTime); err != nil {
			t.Fatal(err)
		}
		want := strings.TrimPrefix(strings.Join(known.run, "\n")+"\n/usr/bin/vaultbar\nexec\nmy profile; rm -rf ~\nenv person\n", "\n")
		if got := calls(); got != want {
			t.Errorf("%s: got %q, want %q", known.name, got, want)
		}
	}
	if err := l.start(t.Context(), "the terminal", []string{"/bin/false", "x"}, startTime); !errors.Is(err, ErrNotOpened) || strings.Contains(err.Error(), "\"x\"") {
		t.Errorf("a terminal that fails: %v", err)
	}
	if err := nothingOpens("a terminal", "xterm"); !errors.Is(err, errors.ErrUnsupported) || vaultcore.Hint(err) == "" {
		t.Errorf("no terminal: %v", err)
	}
}

func TestOpenPageAndFile(t *testing.T) {
	testenv.Program(t, "xdg-open", "xdg-utils")
	s := desktoptest.Start(t)
	browser, calls := recording(t, "browser")
	s.Browser(browser)
	l := Launcher{Env: append(s.Env(), "WHOSE=person")}
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
