//go:build unix

package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// TestSmoke tries the programs of this tree here.
func TestSmoke(t *testing.T) {
	testenv.Time(t)
	bin := t.TempDir()
	for _, program := range []string{"./cli/vaultbar", "./app/vaultbar-app"} {
		build := exec.CommandContext(t.Context(), "go", "build", "-o", bin+string(filepath.Separator), program)
		build.Dir = filepath.Join("..", "..", "..")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", program, err, out)
		}
	}
	self := filepath.Join(bin, "smoke")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", self, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), self, "-bin", bin).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
