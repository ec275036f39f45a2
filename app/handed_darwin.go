package app

import (
	"os"

	"github.com/vaultbar/vaultbar/app/desktop/autostart"
	"github.com/vaultbar/vaultbar/app/internal/cocoa"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
)

// handed is the socket that launchd has opened for the app, be it for the program that
// this process was before an upgrade.
func handed() (*os.File, error) {
	if file := socket.Handed(os.Getenv); file != nil {
		return file, nil
	}
	return cocoa.ActivatedSocket(autostart.SocketName)
}
