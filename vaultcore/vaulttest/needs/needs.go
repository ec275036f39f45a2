// Package needs says what a test needs of the machine. Where that is missing the
// test is skipped, with words that say what to install; where CI is "true" nothing
// may be left out, and the test fails with the same words.
//
// It imports nothing of ours, so that the tests of every package can use it.
package needs

import (
	"os"
	"os/exec"
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
