package reach

import (
	"context"
	"net"
	"os"

	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
)

// connect connects to the pipe, which may have to wait until it is free.
func connect(ctx context.Context, place socket.Location) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	return socket.Dial(ctx, place)
}

// killCommand ends a process that does not end by itself.
const killCommand = "taskkill /F /PID %d"

// tellToEnd ends a process of ours: it has no window to be asked by.
func tellToEnd(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}
