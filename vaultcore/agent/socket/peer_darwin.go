package socket

import "golang.org/x/sys/unix"

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

// closeToOthers does nothing: macOS has no fchmod for sockets. The folder is
// closed to others, and the socket is as soon as it has a name.
func closeToOthers(int) error { return nil }
