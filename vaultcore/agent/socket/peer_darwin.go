package socket

import (
	"net"

	"golang.org/x/sys/unix"
)

// peerOf is the process that made the connection, by LOCAL_PEERCRED.
func peerOf(fd int) (Peer, error) {
	cred, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return Peer{UID: -1}, err
	}
	who := Peer{UID: int(cred.Uid)}
	if pid, err := unix.GetsockoptInt(fd, unix.SOL_LOCAL, unix.LOCAL_PEERPID); err == nil {
		who.PID = pid
	}
	return who, nil
}

// listensForUs says whether who answers is launchd, which listens as root for an app that
// has not begun yet. An app that has says so itself: see become.
func listensForUs(who Peer) bool { return who.UID == 0 && who.PID == 1 }

// closeToOthers does nothing: macOS has no fchmod for sockets. The folder is
// closed to others, and the socket is as soon as it has a name.
func closeToOthers(int) error { return nil }

// sandboxOf finds none: macOS has no namespaces, and its sandbox keeps a program from a
// socket that it was not given.
func sandboxOf(*net.UnixConn, Peer) string { return "" }

// connect opens a connection to the socket at path.
func connect(path string) (*conn, error) {
	raw, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	c := &conn{UnixConn: raw.(*net.UnixConn)}
	if c.who, err = credentials(c.UnixConn); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return c, nil
}
