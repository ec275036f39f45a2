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
)

// claim is the app's hold on its register: no other app of this person and home
// can have it at the same time, whatever socket it would open.
type claim struct {
	path string
	lock *os.File
	file fs.FileInfo // the lock as we opened it
}

// claimed takes the register for as long as the app lives. A home that cannot be
// written has no register; there is none to be had then, and no reason not to
// serve. It may return: ErrRunning.
func claimed(register string) (*claim, error) {
	if register == "" || os.MkdirAll(filepath.Dir(register), 0o700) != nil {
		return nil, nil
	}
	held, err := lock(register + ".lock")
	if errors.Is(err, ErrRunning) {
		return nil, err
	}
	if err != nil {
		return nil, nil
	}
	file, err := held.Stat()
	if err != nil {
		_ = held.Close()
		return nil, nil
	}
	return &claim{register, held, file}, nil
}

// enter writes down where the app is. Where that fails, for want of space, it is
// found at its usual place all the same.
func (c *claim) enter(socket string) {
	if c == nil {
		return
	}
	aside := c.path + ".new" // only the holder of the lock is here
	_ = os.Remove(aside)
	if os.Symlink(socket, aside) == nil && os.Rename(aside, c.path) != nil {
		_ = os.Remove(aside)
	}
}

// stillOurs says whether an app that starts now would meet our lock.
func (c *claim) stillOurs() bool {
	if c == nil {
		return true
	}
	now, err := os.Lstat(c.path + ".lock")
	return err == nil && os.SameFile(now, c.file)
}

// leave gives the register back.
func (c *claim) leave() error {
	if c == nil {
		return nil
	}
	if c.stillOurs() {
		_ = os.Remove(c.path) // one that is left behind misleads nobody
	}
	return c.lock.Close()
}

// registered connects to the socket that the register names, if it names one that
// is not the usual one. An app that has ended may have left it, or somebody may
// have moved the home: then the usual place counts.
func registered(ctx context.Context, place Location) (net.Conn, error) {
	if place.Register == "" {
		return nil, errUnregistered
	}
	path, err := os.Readlink(place.Register)
	if err != nil || path == place.Socket || !filepath.IsAbs(path) {
		return nil, errUnregistered
	}
	conn, err := dial(ctx, path)
	if err != nil && !errors.Is(err, syscall.EAGAIN) {
		return nil, errUnregistered
	}
	return conn, err
}

// errUnregistered says that the register leads nowhere.
var errUnregistered = errors.New("no socket is registered")
