package socket

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

func TestFind(t *testing.T) {
	home := t.TempDir()
	private, open := filepath.Join(home, "private"), filepath.Join(home, "open")
	must(t, os.Mkdir(private, 0o700))
	must(t, os.Mkdir(open, 0o700))
	must(t, os.Chmod(open, 0o777))
	file := filepath.Join(home, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	host, err := os.Hostname()
	must(t, err)
	register, state := "/h/.local/state/vaultbar/app-"+host, "/h/.local/state/vaultbar/run/agent.sock"
	tests := []struct {
		name string
		env  map[string]string
		want string
		err  string
	}{
		{"runtime directory", map[string]string{"XDG_RUNTIME_DIR": private, "HOME": "/h"}, private + "/vaultbar/agent.sock", ""},
		{"none", map[string]string{"HOME": "/h"}, state, ""},
		{"does not exist", map[string]string{"XDG_RUNTIME_DIR": home + "/no", "HOME": "/h"}, state, ""},
		{"open to others", map[string]string{"XDG_RUNTIME_DIR": open, "HOME": "/h"}, state, ""},
		{"no folder", map[string]string{"XDG_RUNTIME_DIR": file, "HOME": "/h"}, state, ""},
		{"relative", map[string]string{"XDG_RUNTIME_DIR": "run", "HOME": "/h"}, state, ""},
		{"state directory", map[string]string{"XDG_STATE_HOME": private, "HOME": "/h"}, state, ""},
		{"no home", map[string]string{}, "", "no home folder"},
		{"relative home", map[string]string{"HOME": "h"}, "", "no home folder"},
		{"too long", map[string]string{"HOME": "/" + strings.Repeat("h", 80)}, "", "the system allows 107"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Find(func(name string) string { return test.env[name] })
			if test.err != "" {
				wantError(t, err, test.err)
				if vaultcore.Hint(err) == "" {
					t.Error("no hint")
				}
				return
			}
			if want := (Location{Socket: test.want, Register: register}); err != nil || got != want {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
		})
	}
}

// The runtime directory of another user is passed over.
func TestFindAfterSu(t *testing.T) {
	testenv.Root(t)
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o700))
	must(t, os.Chown(dir, nobody, nobody))
	env := map[string]string{"XDG_RUNTIME_DIR": dir, "HOME": "/h"}
	got, err := Find(func(name string) string { return env[name] })
	if want := "/h/.local/state/vaultbar/run/agent.sock"; got.Socket != want || err != nil {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

// A home of another user is refused; one of root or of nobody known is that of a
// container.
func TestUsableHomes(t *testing.T) {
	for _, c := range []struct {
		owner, us int
		want      bool
	}{
		{1000, 1000, true}, {0, 0, true},
		{1000, 0, false}, {1000, 1001, false},
		{0, 1000, true}, {unmapped, 1000, true}, {unmapped, 0, true},
		{-1, 0, true},
	} {
		if got := usable(c.owner, c.us); got != c.want {
			t.Errorf("the home of %d for %d: %t", c.owner, c.us, got)
		}
	}
}

// TestHomeOfAnother holds that root with a user's HOME is told, before anything is
// made there.
func TestHomeOfAnother(t *testing.T) {
	testenv.Root(t)
	home := t.TempDir()
	must(t, os.Chown(home, 1234, 1234))
	_, err := Find(func(name string) string { return map[string]string{"HOME": home}[name] })
	wantError(t, err, "belongs to another user (1234)")
	if vaultcore.Hint(err) == "" {
		t.Error("no hint")
	}
	if entries, _ := os.ReadDir(home); len(entries) != 0 {
		t.Errorf("looking made %v", entries)
	}
}
