// Package testenv says what a test needs of the machine. Where that is missing the
// test is skipped, with words that say what to install; where CI is "true" nothing
// may be left out, and the test fails with the same words. Only -short leaves out what
// takes long, everywhere.
//
// It imports nothing of ours, so that the tests of every package can use it.
package testenv

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Program returns the path of a program, which may be named by its path. The package that
// has it is Debian's.
func Program(t testing.TB, program, debian string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		That(t, false, program+" (Debian's package "+debian+")")
	}
	return path
}

// Root is for a test that becomes other users, or mounts disks.
func Root(t testing.TB) {
	t.Helper()
	That(t, os.Getuid() == 0, "to be run by root")
}

// Time is for a test that takes more than about three seconds, or drives the real
// programs, a desktop or a browser: -short leaves it out.
func Time(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("this test needs time: -short leaves it out")
	}
}

var long = flag.Bool("long", false, "run the long forms of the tests that have one")

// Long is for a test that has a short form for each time and a long one for the night:
// `make long` asks for that.
func Long() bool { return *long }

// That is for what a test finds out by itself: what is needed, where it is not so.
func That(t testing.TB, isSo bool, what string) {
	t.Helper()
	switch {
	case isSo:
	case os.Getenv("CI") == "true":
		t.Fatalf("this test needs %s", what)
	default:
		t.Skipf("this test needs %s", what)
	}
}

// ownProcess names the test that a process runs alone.
const ownProcess = "TESTENV_OWN_PROCESS"

// Beside is for a test that sets what all of its process has, such as the environment, and
// waits most of its time. It runs the test in a process of its own, beside other tests, and
// is true when that is done; in that process it is false. The test takes a while.
func Beside(t *testing.T) (done bool) {
	t.Helper()
	if os.Getenv(ownProcess) == t.Name() {
		return false
	}
	Time(t)
	t.Parallel()
	args := []string{"-test.run=^" + strings.ReplaceAll(t.Name(), "/", "$/^") + "$", "-test.v", "-test.timeout=10m"}
	flag.Visit(func(f *flag.Flag) {
		if !strings.HasPrefix(f.Name, "test.") {
			args = append(args, "-"+f.Name+"="+f.Value.String())
		}
	})
	again := exec.CommandContext(t.Context(), os.Args[0], args...)
	again.Env = append(os.Environ(), ownProcess+"="+t.Name())
	out, err := again.CombinedOutput()
	Again(t, out, err)
	return true
}

// Again passes on what became of a test that ran a second time, in a process of its own,
// which printed this under -test.v: skipped there is skipped here, for the same reason.
func Again(t testing.TB, output []byte, err error) {
	t.Helper()
	switch text := string(output); {
	case err != nil:
		t.Fatalf("in a process of its own: %v\n%s", err, text)
	case strings.Contains(text, "--- SKIP: "+t.Name()+" "):
		t.Skipf("in a process of its own:\n%s", text)
	case !strings.Contains(text, "--- PASS: "+t.Name()+" "):
		t.Fatalf("in a process of its own it did not run:\n%s", text)
	}
}
