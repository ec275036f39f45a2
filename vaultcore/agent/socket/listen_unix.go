//go:build linux || darwin

package socket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Listener accepts connections of our own user. It is a net.Listener.
type Listener struct {
	// Refused is called for each connection that was closed without a byte
	// because its user is not us; uid is -1 when it could not be found. Set it
	// before the first Accept. It may be nil.
	Refused func(uid int, reason error)

	socket *net.UnixListener
	path   string
	file   fs.FileInfo // the socket as we made it
	lock   *os.File
	handed bool   // it was opened for us, and stays when we end
	claim  *claim // nil where there is no register
	close  func() error
}

// Listen opens the socket of a place for our own user. It may return: ErrRunning
// when another app serves that person and home, be it at another socket, else a
// Fault that says what is in the way.
func Listen(ctx context.Context, place Location) (*Listener, error) {
	claim, err := claimed(place.Register)
	if err != nil {
		return nil, err
	}
	l, err := listen(ctx, place)
	if err != nil {
		_ = claim.leave()
		return nil, err
	}
	claim.enter(place.Socket)
	l.claim = claim
	return l, nil
}

// listen opens the socket of a place, or takes the one that was opened for us.
func listen(ctx context.Context, place Location) (*Listener, error) {
	path := place.Socket
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	held, err := lock(filepath.Join(filepath.Dir(path), "agent.lock"))
	if err != nil {
		return nil, err
	}
	var l *Listener
	if place.Handed != nil {
		l, err = adopt(place.Handed, path)
	} else {
		l, err = open(ctx, path)
	}
	if err != nil {
		_ = held.Close()
		return nil, err
	}
	l.lock = held
	return l, nil
}

// adopt takes a socket that listens already, if it is where the app is looked for.
func adopt(handed *os.File, path string) (*Listener, error) {
	made, err := net.FileListener(handed)
	if err != nil {
		return nil, folderFault("cannot use the socket that was opened for the app", err)
	}
	socket, ok := made.(*net.UnixListener)
	if !ok || socket.Addr().String() != path {
		_ = made.Close()
		return nil, vaultcore.Faultf(vaultcore.ErrConfig, "the socket that was opened for the app is %s, and commands look for it at %s",
			vaultcore.Printable(made.Addr().String()), path).WithHint("correct ListenStream= of vaultbar.socket, or disable that unit")
	}
	l := newListener(socket, path)
	l.handed = true
	if err := errors.Join(l.become(), l.secure()); err != nil {
		_ = socket.Close()
		return nil, err
	}
	return l, nil
}

// become makes us the one who listens, in the eyes of who connects: the kernel names to
// them the process that has said so last.
func (l *Listener) become() error {
	raw, err := l.socket.SyscallConn()
	if err != nil {
		return err
	}
	return control(raw, func(fd int) error { return unix.Listen(fd, unix.SOMAXCONN) })
}

func newListener(socket *net.UnixListener, path string) *Listener {
	l := &Listener{socket: socket, path: path}
	l.socket.SetUnlinkOnClose(false) // we look whose it is first
	l.close = sync.OnceValue(l.shut)
	return l
}

// open makes the socket. Only the holder of the lock may.
func open(ctx context.Context, path string) (*Listener, error) {
	if err := removeStale(ctx, path); err != nil {
		return nil, err
	}
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error { return control(c, closeToOthers) }}
	socket, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, folderFault("cannot open the socket", err)
	}
	l := newListener(socket.(*net.UnixListener), path)
	if err := l.secure(); err != nil {
		_ = l.socket.Close()
		return nil, err
	}
	return l, nil
}

// secure makes sure of what was made, and remembers it.
func (l *Listener) secure() error {
	if err := os.Chmod(l.path, 0o600); err != nil {
		return folderFault("cannot close the socket to others", err)
	}
	file, err := os.Lstat(l.path)
	if err != nil {
		return folderFault("cannot look at the socket", err)
	}
	l.file = file
	return nil
}

// removeStale removes the socket that a dead app left. Whoever holds the lock
// should be alone, yet somebody may have removed the lock file of a living
// one: nothing that answers is removed, and nothing that is not a socket.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return folderFault("cannot look at the socket", err)
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s exists and is not a socket", path).
			WithHint("look what it is, then move it away")
	}
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close()
		return ErrRunning
	}
	if !errors.Is(err, unix.ECONNREFUSED) {
		return folderFault("cannot tell whether another Vaultbar serves the socket", err)
	}
	if err := os.Remove(path); err != nil {
		return folderFault("cannot remove the socket of an app that has ended", err)
	}
	return nil
}

// Accept returns the next connection of our own user.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.socket.AcceptUnix()
		if err != nil {
			return nil, err
		}
		who, err := credentials(raw)
		err = verdict(os.Getuid(), who.UID, err)
		if err == nil {
			return &conn{UnixConn: raw, who: who, inside: sandboxOf(raw, who)}, nil
		}
		_ = raw.Close()
		if l.Refused != nil {
			l.Refused(who.UID, err)
		}
	}
}

// Addr is part of net.Listener.
func (l *Listener) Addr() net.Addr { return l.socket.Addr() }

// Close stops listening, removes the socket if we opened it and it is still ours, and
// lets the next app in.
func (l *Listener) Close() error { return l.close() }

func (l *Listener) shut() error {
	var removed error
	if !l.handed && l.StillOurs() {
		removed = os.Remove(l.path)
	}
	closed := l.socket.Close()
	return errors.Join(closed, removed, l.claim.leave(), l.lock.Close())
}

// StillOurs says whether callers who follow the path still come to us.
func (l *Listener) StillOurs() bool {
	now, err := os.Lstat(l.path)
	return err == nil && os.SameFile(now, l.file)
}

// Guard returns an error when somebody has taken or removed the socket or the
// register's lock, and nil when ctx ends. It looks once a minute.
func (l *Listener) Guard(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if !l.StillOurs() || !l.claim.stillOurs() {
				return fmt.Errorf("guarding %s: %w", l.path, errTaken)
			}
		}
	}
}

// conn is a connection of our own user.
type conn struct {
	*net.UnixConn
	who    Peer
	inside string // a container or sandbox
}

func (c *conn) peer() Peer { return c.who }

func (c *conn) describe() (program, dir string) { return describe(c) }

func (c *conn) chain() vaultcore.Chain { return chain(c.UnixConn, c.who) }

func (c *conn) person() bool { return person(c.UnixConn, c.who) }

func (c *conn) sandbox() string { return c.inside }

// control runs f on a connection's descriptor.
func control(c syscall.RawConn, f func(fd int) error) error {
	var inner error
	if err := c.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// credentials asks the kernel who is at the other end.
func credentials(c *net.UnixConn) (Peer, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return Peer{UID: -1}, err
	}
	who := Peer{UID: -1}
	err = control(raw, func(fd int) error {
		who, err = peerOf(fd)
		return err
	})
	return who, err
}
