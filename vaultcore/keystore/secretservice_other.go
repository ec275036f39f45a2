//go:build !linux

package keystore

import (
	"context"
	"slices"

	"github.com/99designs/keyring"
)

func openSecretService(context.Context, Options) (*Store, error) {
	return nil, unavailable("secret-service", "this system does not have it")
}

// confidential has nothing to do: a keychain that is reached over no bus.
func confidential(keychain keyring.Keyring, _ keyring.BackendType, _ keyring.Config) (keyring.Keyring, error) {
	return keychain, nil
}

// saysLocked says whether err is a keychain's "this is locked".
func saysLocked(err error) bool { return err == errWalletClosed }

// busWords knows no bus: only the Secret Service is reached over one.
func busWords(error) string { return "" }

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
