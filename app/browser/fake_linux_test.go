package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

const address = "http://127.0.0.1:1234/o/b8e2"

// launcher is one with a home, programs and an environment of its own. Programs must
// be root's.
func launcher(t *testing.T, programs ...string) *Launcher {
	t.Helper()
	testenv.Root(t)
	home := t.TempDir()
	l := &Launcher{
		Folder:   filepath.Join(home, "data", "browsers"),
		Environ:  []string{"HOME=" + home, "DISPLAY=:1", "XDG_CONFIG_DIRS=/nonexistent", "XDG_DATA_DIRS=/nonexistent"},
		Programs: []string{filepath.Join(home, "bin")},
	}
	if err := os.Mkdir(l.Programs[0], 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range programs {
		l.install(t, name, "exit 0")
	}
	return l
}

// install puts a program there that is a shell script.
func (l *Launcher) install(t *testing.T, name, script string) string {
	t.Helper()
	path := filepath.Join(l.Programs[0], name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// recorder is a browser that records how it was started: arguments, environment
// and session, each to its end, and then the whole by a rename.
func (l *Launcher) recorder(t *testing.T, name, code string) (record string) {
	t.Helper()
	record = filepath.Join(t.TempDir(), "record")
	l.install(t, name, fmt.Sprintf(`ls -l /proc/$$/fd > %[1]s.fd; { echo "program $0"; for a in "$@"; do echo "arg $a"; done
env | sed 's/^/env /'; echo "cwd $(pwd)"; read -r _ _ _ _ _ session _ < /proc/$$/stat; echo "session $session $$"
sed -n 's/.*-> /fd /p' %[1]s.fd; } > %[1]s.part
mv %[1]s.part %[1]s; exit %[2]s`, record, code))
	return record
}

// recorded waits for a record.
func recorded(t *testing.T, record string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		if text, err := os.ReadFile(record); err == nil {
			return strings.Split(strings.TrimSpace(string(text)), "\n")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the browser was not started")
		}
	}
}

// only returns the lines of a kind.
func only(lines []string, kind string) []string {
	var found []string
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, kind+" "); ok {
			found = append(found, rest)
		}
	}
	return found
}
