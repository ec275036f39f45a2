// Package golden compares what a test made with a file that a person has read, below the
// testdata of its package: a file of its own ([Check], [File]), or an entry of the file of
// all messages of the package ([Message]). `make golden` writes the files of all packages
// anew, `go test PACKAGE -run TEST -update` those of some tests, and git shows what changed.
//
// It imports nothing of ours, so that the tests of every package can use it.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Updating says whether the files are written anew: a test that waits for what a file says
// has nothing to wait for then.
func Updating() bool { return *update }

// Check compares a text with a file, byte for byte.
func Check(t testing.TB, file, got string) {
	t.Helper()
	if want := File(t, file, []byte(got)); got != string(want) {
		t.Errorf("%s differs; if it is meant, run the test with -update. It is now\n%s", path(file), got)
	}
}

// File returns what a file says, for a test that compares it in a way of its own; got is
// what it says from now on when the files are written anew.
func File(t testing.TB, file string, got []byte) []byte {
	t.Helper()
	if *update {
		write(t, file, got)
	}
	return []byte(Text(t, file))
}

// Text is what a file says; nothing while it is written for the first time.
func Text(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(path(file))
	if err != nil && !(*update && os.IsNotExist(err)) {
		t.Fatal(err)
	}
	return string(text)
}

func path(file string) string { return filepath.Join("testdata", filepath.FromSlash(file)) }

func write(t testing.TB, file string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path(file)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path(file), text, 0o644); err != nil {
		t.Fatal(err)
	}
}
