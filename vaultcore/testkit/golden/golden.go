// Package golden compares what a test made with a file that a person has read: `go test
// PACKAGE -update` writes the files anew, and git shows what changed. It imports nothing of
// ours, so that the tests of every package can use it.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Check compares a text with a file in testdata, byte for byte.
func Check(t testing.TB, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if it is meant, run the test with -update. It is now\n%s", path, got)
	}
}
