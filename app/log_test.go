package app

import (
	stdlog "log"
	"os"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
)

// TestLibrariesAreLogged: what a library prints is a line of the log.
func TestLibrariesAreLogged(t *testing.T) {
	flags, output := stdlog.Flags(), stdlog.Writer()
	defer func() { stdlog.SetFlags(flags); stdlog.SetOutput(output) }()
	log, file := openLog(appdirs.Folders{State: t.TempDir()})
	defer func() { _ = file.Close() }()
	listenToLibraries(log)
	stdlog.Printf("systray error: %s\n", "no window")
	text, err := os.ReadFile(file.Filename)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); strings.Count(got, "\n") != 1 || !strings.Contains(got, `level=WARN msg="systray error: no window"`) {
		t.Errorf("%q", got)
	}
}
