package socket

import "path/filepath"

const shorterHint = "the home folder's path is too long for a socket"

// folder is the socket's own.
func folder(home string, _ func(string) string) string {
	return filepath.Join(home, "Library", "Application Support", "Vaultbar", "run")
}

// register is none: there is but one place for the socket.
func register(string) string { return "" }
