//go:build !darwin

package app

import (
	"os"

	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
)

// handed is the socket that systemd has opened for the app; nil where there is none.
func handed() (*os.File, error) { return socket.Handed(os.Getenv), nil }
