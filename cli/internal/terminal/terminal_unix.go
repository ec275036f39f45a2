//go:build unix

package terminal

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// controlling is the process's own terminal, wherever its streams go.
const controlling = "/dev/tty"

// foreground says whether the terminal may be read: a job in the background
// would be stopped. A terminal that does not control this process has no
// foreground.
func foreground(file *os.File) bool {
	group, err := unix.IoctlGetInt(int(file.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// reachable says whether there is a controlling terminal that may be read.
func reachable() bool {
	file, err := openTTY()
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	return foreground(file)
}

// openTTY opens the controlling terminal without the poller of package os,
// which would make it non-blocking for every other process at it.
func openTTY() (*os.File, error) {
	fd, err := unix.Open(controlling, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: controlling, Err: err}
	}
	return os.NewFile(uintptr(fd), controlling), nil
}

// openControlling readies the controlling terminal for questions.
func openControlling() (*screen, error) {
	file, err := openTTY()
	if err != nil {
		return nil, &vaultcore.Fault{Kind: vaultcore.ErrNobodyToAsk, Message: "there is nobody to ask: the terminal is gone", Cause: err}
	}
	return &screen{in: file, out: file, opened: []*os.File{file}}, nil
}

// readLine reads one line as the terminal hands it out, until ctx ends. It
// never leaves a read behind, which would take a key from the next program.
func readLine(ctx context.Context, file *os.File) (string, error) {
	woken, wake, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer func() { _ = woken.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = wake.Close() })
	defer func() {
		if stop() {
			_ = wake.Close()
		}
	}()
	var line strings.Builder
	buf := make([]byte, 4096)
	defer clear(buf)
	for {
		if err := await(int(file.Fd()), int(woken.Fd())); err != nil {
			return "", err
		}
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := unix.Read(int(file.Fd()), buf)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case errors.Is(err, unix.EIO), err == nil && n == 0: // the terminal hung up; Ctrl-D
			return "", io.EOF
		case err != nil:
			return "", err
		}
		line.Write(buf[:n])
		if buf[n-1] == '\n' || buf[n-1] == '\r' {
			return line.String(), nil
		}
	}
}

// await waits until one of two descriptors can be read. It is select and not
// poll, which does not know terminals on macOS.
func await(a, b int) error {
	for {
		var set unix.FdSet
		set.Set(a)
		set.Set(b)
		_, err := unix.Select(max(a, b)+1, &set, nil, nil, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// hideInput turns the echo off, and returns what turns it on again. A shell
// that had us stopped for a while turns it on by itself when we go on, so it is
// turned off again then.
func hideInput(file *os.File) (show func(), err error) {
	fd := int(file.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO
	quiet.Lflag |= unix.ICANON | unix.ISIG
	quiet.Iflag |= unix.ICRNL
	hide := func() error { return unix.IoctlSetTermios(fd, setTermios, &quiet) }
	if err := hide(); err != nil {
		return nil, err
	}
	resumed := make(chan os.Signal, 1)
	signal.Notify(resumed, unix.SIGCONT)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for range resumed {
			_ = hide()
		}
	}()
	return func() {
		signal.Stop(resumed)
		close(resumed)
		<-watched
		_ = unix.IoctlSetTermios(fd, setTermios, before)
	}, nil
}
