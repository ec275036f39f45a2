package socket

import "path/filepath"

const shorterHint = "the home folder's path is too long for a socket"

// folder is the socket's own.
func folder(getenv func(string) string) (string, error) {
	home := getenv("HOME")
	if !filepath.IsAbs(home) {
		return "", errNoHome
	}
	return filepath.Join(home, "Library", "Application Support", "Vaultbar", "run"), nil
}
