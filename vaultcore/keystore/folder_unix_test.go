//go:build unix

package keystore

import (
	"os"
	"testing"
)

// reachable are the ways in which modes and owners let others reach a folder.
func reachable() map[string]func(*testing.T, string) string {
	return map[string]func(*testing.T, string) string{
		"other users may open it": func(t *testing.T, dir string) string {
			if err := os.Chmod(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			return dir
		},
		"it belongs to another user": func(t *testing.T, dir string) string {
			if os.Geteuid() != 0 {
				return "/"
			}
			if err := os.Chown(dir, 65534, 65534); err != nil {
				t.Fatal(err)
			}
			return dir
		},
	}
}
