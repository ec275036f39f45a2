package vaultcore_test

import (
	"bytes"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// TestTheSameSourceGivesTheSameBytes builds both programs twice as make builds
// them, from two folders. In its long form nothing is shared between the builds: one
// begins with an empty cache, the other with what the user's has.
func TestTheSameSourceGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	testenv.Time(t)
	testenv.Program(t, "make", "make")
	var cache []string
	if testenv.Long() {
		cache = []string{"GOCACHE=" + t.TempDir()}
	}
	first, second := built(t, cache...), built(t)
	for program, sum := range first {
		if second[program] != sum {
			t.Errorf("two builds of %s differ: %x, %x", program, sum[:4], second[program])
		}
	}
}

// built copies the source to a new folder, builds it there with variables set, and returns
// the sums of the programs.
func built(t *testing.T, variables ...string) map[string][sha256.Size]byte {
	t.Helper()
	tree := t.TempDir()
	for _, folder := range []string{"app", "cli", "tray", "vaultcore"} {
		if err := os.CopyFS(filepath.Join(tree, folder), os.DirFS(filepath.Join("..", folder))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum", "Makefile"} {
		text, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(t.Context(), "make", "build", "VERSION=v1.2.3")
	build.Dir = tree
	build.Env = append(build.Environ(), variables...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sums := make(map[string][sha256.Size]byte)
	for _, program := range []string{"vaultbar", "vaultbar-app"} {
		text, err := os.ReadFile(filepath.Join(tree, "bin", program))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(tree)) {
			t.Errorf("%s names the folder that it was built in", program)
		}
		sums[program] = sha256.Sum256(text)
		checkVersion(t, filepath.Join(tree, "bin", program))
	}
	return sums
}

// checkVersion holds that a program built from a tree without git's history says the
// version that make was told.
func checkVersion(t *testing.T, program string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, "--version").Output()
	if err != nil || !strings.Contains(string(out), " v1.2.3") {
		t.Errorf("%s: %s, %v", filepath.Base(program), out, err)
	}
}
