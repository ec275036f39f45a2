package audit

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// TestStrangeFiles: what is put in the place of one of the trail's files is found, neither
// read nor written through, and the trail goes on.
func TestStrangeFiles(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	for kind, put := range map[string]func(path string) error{
		"a link":   func(path string) error { return os.Symlink(outside, path) },
		"a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a folder": func(path string) error { return os.MkdirAll(filepath.Join(path, "x"), 0o700) },
		"a terabyte without a line": func(path string) error {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return err
			}
			return os.Truncate(path, 1<<40)
		},
	} {
		for _, name := range []string{record.Current, "trail-000000000001.jsonl"} {
			check(t, os.WriteFile(outside, []byte("kept"), 0o600))
			folder := written(t, 3, 1<<20)
			if path := filepath.Join(folder, record.Current); name == record.Current {
				check(t, os.Rename(path, filepath.Join(folder, "trail-000000000001.jsonl")))
			}
			check(t, put(filepath.Join(folder, name)))
			w, found, err := openWriter(folder, 1<<20, keptFiles)
			check(t, err)
			if said := len(found.Damage) > 0; said != (name == record.Current) {
				t.Errorf("%s as %s: found %v at the start", kind, name, found.Damage)
			}
			if n, err := w.write([]record.Entry{sample(4)}); n != 1 || err != nil {
				t.Errorf("%s as %s: %d lines are written, %v", kind, name, n, err)
			}
			check(t, w.close())
			if r := mustScan(t, folder, keptFiles, nil); r.Lines != 4 || r.Last != 4 || len(r.Damage) != 1 {
				t.Errorf("%s as %s: %+v", kind, name, r)
			}
			if text, err := os.ReadFile(outside); string(text) != "kept" {
				t.Errorf("%s as %s: the file outside has %q, %v", kind, name, text, err)
			}
		}
	}
}
