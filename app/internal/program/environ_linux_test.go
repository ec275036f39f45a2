package program

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestCleanEnvironment(t *testing.T) {
	for _, name := range []string{"LD_PRELOAD", "GTK_MODULES", "GTK_PATH", "ZENITY_CANCEL", "DIALOG_OK", "WINDOWID", "AWS_PROFILE", "VAULTBAR_X", "BASH_ENV"} {
		t.Setenv(name, "x")
	}
	for _, name := range []string{"DISPLAY", "XAUTHORITY", "LC_ALL", "HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, "/"+name)
	}
	t.Setenv("PATH", "/tmp/evil:/usr/bin")
	before := os.Environ()
	t.Cleanup(func() { // what went is put back for the tests that follow
		for _, entry := range before {
			name, value, _ := strings.Cut(entry, "=")
			_ = os.Setenv(name, value)
		}
	})
	if returned := CleanEnvironment("VAULTBAR_*"); !slices.Equal(returned, before) {
		t.Error("the environment as it was is not returned")
	}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case name == "PATH" && value != "/usr/bin:/bin:/usr/local/bin:/run/current-system/sw/bin":
			t.Errorf("PATH is %s", value)
		case name == "VAULTBAR_X", name == "PATH", forDialogs(name):
		default:
			t.Errorf("%s is left", name)
		}
	}
	if os.Getenv("VAULTBAR_X") != "x" || os.Getenv("LC_ALL") != "/LC_ALL" || os.Getenv("DISPLAY") != "/DISPLAY" {
		t.Errorf("too much went: %v", os.Environ())
	}
}
