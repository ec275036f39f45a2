package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/josephspurrier/goversioninfo"
)

func TestNumbers(t *testing.T) {
	for version, want := range map[string]goversioninfo.FileVersion{
		"v1.2.3": {Major: 1, Minor: 2, Patch: 3}, "1.10": {Major: 1, Minor: 10}, "v1.2.3-4-gabcdef0-dirty": {Major: 1, Minor: 2, Patch: 3, Build: 4},
		"v1.2.3-rc.1": {Major: 1, Minor: 2, Patch: 3}, "3d776f0": {}, "": {}, "devel": {},
	} {
		if got := numbers(version); got != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}

// TestSame: the same version gives the same bytes, for each architecture in its own file.
func TestSame(t *testing.T) {
	var all [2][]byte
	for i := range all {
		root := t.TempDir()
		for _, p := range programs {
			if err := os.MkdirAll(filepath.Join(root, p.folder), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := write(root, "v1.2.3", "arm64"); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(root, programs[0].folder, "resources_windows_arm64.syso"))
		if err != nil {
			t.Fatal(err)
		}
		all[i] = text
	}
	if len(all[0]) == 0 || string(all[0]) != string(all[1]) {
		t.Error("they differ")
	}
}
