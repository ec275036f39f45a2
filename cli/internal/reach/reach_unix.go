//go:build unix

package reach

import (
	"context"
	"net"
	"syscall"

	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
)

// connect connects to the socket. A local socket answers at once, and package net
// starts a goroutine to watch a context that can end: one that cannot saves a
// twentieth of a warm request.
func connect(ctx context.Context, place socket.Location) (net.Conn, error) {
	return socket.Dial(context.WithoutCancel(ctx), place)
}

// killCommand ends a process that does not end by itself.
const killCommand = "kill -9 %d"

// tellToEnd asks a process of ours to end.
func tellToEnd(pid int) error { return syscall.Kill(pid, syscall.SIGTERM) }
