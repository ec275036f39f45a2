//go:build !linux

package keystore

import (
	"context"
	"slices"

	"github.com/99designs/keyring"
)

// usual chooses the system's own keychain. Only a build without it, such as one
// for macOS without cgo, uses encrypted files.
func usual(context.Context, Options) string {
	for _, name := range []keyring.BackendType{keyring.KeychainBackend, keyring.WinCredBackend} {
		if slices.Contains(keyring.AvailableBackends(), name) {
			return string(name)
		}
	}
	return "file"
}
