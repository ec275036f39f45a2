package socket

import "golang.org/x/sys/unix"

// peerOf is the process that made the connection, by SO_PEERCRED.
func peerOf(fd int) (Peer, error) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return Peer{UID: -1}, err
	}
	return Peer{PID: int(cred.Pid), UID: int(cred.Uid)}, nil
}

// closeToOthers gives the socket its mode before it has a name.
func closeToOthers(fd int) error { return unix.Fchmod(fd, 0o600) }

// listensForUs is false: systemd listens as the user whom it serves.
func listensForUs(Peer) bool { return false }
