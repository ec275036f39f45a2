package autostart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenAtLogin(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	if Enabled() {
		t.Fatal("it opens at login before anybody said so")
	}
	for range 2 { // saying it twice changes nothing
		if err := Set(true, "/usr/local/bin/vaultbar-app"); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(home, ".config", "autostart", "vaultbar.desktop")
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "\nExec=\"/usr/local/bin/vaultbar-app\"\n") || !Enabled() {
		t.Errorf("%v, %s", err, text)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	off := strings.Replace(string(text), "enabled=true", "enabled = false", 1)
	if err := os.WriteFile(path, []byte(off), 0o600); err != nil {
		t.Fatal(err)
	}
	if Enabled() {
		t.Error("an entry that the desktop switched off counts")
	}
	for range 2 {
		if err := Set(false, ""); err != nil {
			t.Fatal(err)
		}
	}
	if Enabled() {
		t.Error("it still opens at login")
	}
	if err := Set(true, "vaultbar-app"); err == nil {
		t.Error("a program without a path is taken")
	}
}

func TestExecLine(t *testing.T) {
	for path, want := range map[string]string{
		"/opt/my apps/vaultbar": `"/opt/my apps/vaultbar"`,
		`/opt/100%"$x` + "`":    `"/opt/100%%\\"\\$x\\` + "`" + `"`,
		`/opt/back\slash`:       `"/opt/back\\\\slash"`,
		"/opt/日本":               `"/opt/日本"`,
	} {
		if got := quoteExec(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
