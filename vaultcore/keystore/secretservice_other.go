//go:build !linux

package keystore

import "context"

func openSecretService(context.Context, Options) (*Store, error) {
	return nil, unavailable("secret-service", "this system does not have it")
}

// saysLocked says whether err is a keychain's "this is locked".
func saysLocked(err error) bool { return err == errWalletClosed }

// busWords knows no bus: only the Secret Service is reached over one.
func busWords(error) string { return "" }
