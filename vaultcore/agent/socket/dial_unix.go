//go:build linux || darwin

package socket

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Dial connects to the app of a place, after making sure that the folder, the
// socket and the process behind it are our own user's. Its errors are
// vaultcore.ErrUnreachable; those that starting the app would cure are
// [ErrNotRunning] as well.
func Dial(ctx context.Context, place Location) (net.Conn, error) {
	conn, err := registered(ctx, place)
	if err != errUnregistered {
		return conn, err
	}
	return dial(ctx, place.Socket)
}

// dial connects to the app at path.
func dial(ctx context.Context, path string) (net.Conn, error) {
	if err := checkOwner("the folder of the socket,", filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := checkOwner("the socket", path); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := connect(path)
	if err != nil {
		return nil, dialFault(path, err)
	}
	if who := c.peer(); who.UID != os.Getuid() && !listensForUs(who) {
		_ = c.Close()
		return nil, foreign("what answers at", path, who.UID)
	}
	return c, nil
}

// checkOwner refuses what another user has put where ours should be.
func checkOwner(what, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return notRunning(err)
	case err != nil:
		return cannotDial(path, err)
	case owner(info) != os.Getuid():
		return foreign(what, path, owner(info))
	}
	return nil
}

func dialFault(path string, err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist) {
		return notRunning(err)
	}
	return cannotDial(path, err)
}

func cannotDial(path string, err error) error {
	return &vaultcore.Fault{
		Kind: vaultcore.ErrUnreachable, Cause: err,
		Message: "Vaultbar cannot be reached at " + path + ": " + vaultcore.Reason(err).Error(),
		Hint:    "the folders that lead there must be yours and open to you: look at `ls -ld '" + filepath.Dir(path) + "'`",
	}
}
