//go:build windows || darwin

package tray

import "context"

// preload is for hosts that ask for the rows of a menu; here the system draws it.
func preload(context.Context) {}
