package packaging

import (
	"os"
	"path/filepath"
	"testing"
)

// golden compares text with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		check(t, os.MkdirAll("testdata", 0o755))
		check(t, os.WriteFile(path, []byte(text), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	check(t, err)
	if text != string(want) {
		t.Errorf("what is installed differs from %s:\n%s", path, text)
	}
}
