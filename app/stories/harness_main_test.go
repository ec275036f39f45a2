//go:build linux

// The stories drive the two real programs over a real socket, in a home of
// their own, against the strict local AWS. They run on Linux, where processes
// can be looked at closely enough to say what they gave away.
package stories_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// programs are the two programs, built once for all stories. The app has the
// race detector in it.
type programs struct {
	dir string
	err error
}

// programsDir is where they are built, when the first story needs them.
var programsDir string

func (p programs) path(name string) string { return filepath.Join(p.dir, name) }

var built = sync.OnceValue(func() programs {
	dir := programsDir
	if err := os.Chmod(dir, 0o755); err != nil { // other users run them too
		return programs{dir, err}
	}
	for _, args := range [][]string{
		{"build", "-race", "-o", filepath.Join(dir, "vaultbar-app"), "../vaultbar-app"},
		{"build", "-o", filepath.Join(dir, "vaultbar"), "../../cli/vaultbar"},
	} {
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			return programs{dir, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)}
		}
	}
	return programs{dir: dir}
})

// shipped are the programs as they are shipped, without the race detector and without
// cgo, and the stopwatch that measures them.
var shipped = sync.OnceValue(func() programs {
	dir := filepath.Join(built().dir, "shipped")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", dir+"/", "../vaultbar-app", "../../cli/vaultbar", "../../cli/internal/bench/stopwatch")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return programs{dir, fmt.Errorf("go build: %w\n%s", err, out)}
	}
	return programs{dir: dir}
})

// shipped is the app as it is shipped.
func (w *world) shipped() string {
	w.Helper()
	w.check(shipped().err)
	return shipped().path("vaultbar-app")
}

// asShipped has what is started from now on be the app as it is shipped. With the race
// detector in it, it takes five times as long to send what its menu is and its icon: a
// story that does one thing over and over, which others do under it, leaves it out.
func (w *world) asShipped() {
	w.Helper()
	w.appProgram = w.shipped()
	w.env = w.with("VAULTBAR_APP=" + w.appProgram)
}

// roleVariable makes this test program play another one: a program of a story
// that no system brings along.
const roleVariable = "VAULTBAR_STORY_ROLE"

var roles = map[string]func([]string) error{
	"sdk":     askSTSWithTheSDK,
	"iam":     useIAM,
	"signals": tellSignals,
	"show":    showProcess,
	"served":  waitAsServed,
	"dial":    dialAsOther,
	"spy":     readMemoryOf,
	"visit":   visitOnce,
	"listen":  listenForNothing,
	"name":    takeName,
}

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := roles[role](os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// A job in the background is started to ignore these, and so would be all
	// that the tests start.
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
	idle()
	dir, err := os.MkdirTemp("/tmp", "vbin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programsDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// idle has twice as many stories run side by side as there are processors, unless the
// command line says how many: each waits most of the time, for windows to be drawn and
// menus to come to rest.
func idle() {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" || f.Name == "test.cpu" })
	if !given {
		_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))) // it is there, and a number
	}
}

// newCommand is a program outside of every world.
func newCommand(t testing.TB, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(t.Context(), name, args...)
}
