package cli

import (
	"context"
	"net"

	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
)

// connect connects to the pipe, which may have to wait until it is free.
func connect(ctx context.Context, place socket.Place) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	return socket.Dial(ctx, place)
}
