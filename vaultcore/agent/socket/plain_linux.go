package socket

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// connectTime is how long a connection may wait in the queue of an app that is
// busy or stopped.
const connectTime = 10 * time.Second

// plainConn is a client's connection on a blocking descriptor. It never starts
// the network poller, whose threads and wake-ups cost a command that asks one
// question more than the question itself. It knows one deadline: one that has
// passed ends what is under way.
type plainConn struct {
	path  string
	who   Peer
	quiet func() // see WhenQuiet; of whoever reads

	mu     sync.Mutex // guards what follows
	fd     int
	users  int // reads and writes under way
	closed bool
}

// connect opens a connection to the socket at path.
func connect(path string) (*plainConn, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	limit := unix.NsecToTimeval(connectTime.Nanoseconds())
	if err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit); err == nil {
		err = retried(func() error { return unix.Connect(fd, &unix.SockaddrUnix{Name: path}) })
	}
	c := &plainConn{path: path, fd: fd}
	if err == nil {
		c.who, err = peerOf(fd)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("connect", err)
	}
	return c, nil
}

// retried does again what a signal has interrupted.
func retried(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}

// use keeps the descriptor open during a call.
func (c *plainConn) use(call func(fd int) (int, error)) (n int, err error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return 0, net.ErrClosed
	}
	c.users++
	c.mu.Unlock()
	err = retried(func() error { n, err = call(c.fd); return err })
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users--
	c.releaseLocked()
	return max(n, 0), err
}

// releaseLocked closes the descriptor when nobody uses it any more.
func (c *plainConn) releaseLocked() {
	if c.closed && c.users == 0 && c.fd >= 0 {
		_ = unix.Close(c.fd)
		c.fd = -1
	}
}

// WhenQuiet has a Read to which nothing comes for so long call f, once. It takes no
// timer.
func (c *plainConn) WhenQuiet(limit time.Duration, f func()) {
	if c.receiveWithin(limit) == nil {
		c.quiet = f
	}
}

// receiveWithin bounds what waits for data; 0 is no limit.
func (c *plainConn) receiveWithin(limit time.Duration) error {
	_, err := c.use(func(fd int) (int, error) {
		most := unix.NsecToTimeval(limit.Nanoseconds())
		return 0, unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &most)
	})
	return err
}

// Read is part of net.Conn.
func (c *plainConn) Read(b []byte) (int, error) {
	n, err := c.use(func(fd int) (int, error) { return unix.Read(fd, b) })
	if err == syscall.EAGAIN && c.quiet != nil {
		tell := c.quiet
		c.quiet = nil
		if err := c.receiveWithin(0); err != nil {
			return 0, err
		}
		tell()
		return c.Read(b)
	}
	if n == 0 && err == nil && len(b) > 0 {
		return 0, io.EOF
	}
	return n, err
}

// Write is part of net.Conn.
func (c *plainConn) Write(b []byte) (int, error) {
	sent := 0
	for sent < len(b) {
		n, err := c.use(func(fd int) (int, error) {
			return unix.SendmsgN(fd, b[sent:], nil, nil, unix.MSG_NOSIGNAL)
		})
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// Close is part of net.Conn. It ends reads and writes under way.
func (c *plainConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	if c.users > 0 {
		_ = unix.Shutdown(c.fd, unix.SHUT_RDWR)
	}
	c.releaseLocked()
	return nil
}

// SetDeadline is part of net.Conn. A deadline that has passed ends what is under
// way and all that follows; any other is not kept.
func (c *plainConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed && !t.IsZero() && !t.After(time.Now()) {
		_ = unix.Shutdown(c.fd, unix.SHUT_RDWR)
	}
	return nil
}

// SetReadDeadline is part of net.Conn; see [plainConn.SetDeadline].
func (c *plainConn) SetReadDeadline(t time.Time) error { return c.SetDeadline(t) }

// SetWriteDeadline is part of net.Conn; see [plainConn.SetDeadline].
func (c *plainConn) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }

// LocalAddr is part of net.Conn. A client's end has no name.
func (c *plainConn) LocalAddr() net.Addr { return &net.UnixAddr{Net: "unix"} }

// RemoteAddr is part of net.Conn.
func (c *plainConn) RemoteAddr() net.Addr { return &net.UnixAddr{Name: c.path, Net: "unix"} }

func (c *plainConn) peer() Peer { return c.who }
