// Package sockowner says whose the other end of a TCP connection on this machine
// is. The loopback is shared by all its users, and a port names nobody: who may
// fetch a one-shot address, and who may be sent a request in clear, is decided
// by the user that the kernel names.
//
// [Ours] is asked of who has connected to us; [Serves] of whom we have connected
// to; [Holders] which program it is, for a person. What cannot be found is
// nobody's.
package sockowner

import (
	"errors"
	"fmt"
	"net/netip"
)

// ErrOthers is the failure of [Serves] when another user listens there, or nobody
// can tell who does.
var ErrOthers = errors.New("another user of this machine answers there")

// Program is a program that has a socket open.
type Program struct {
	Path    string // of its executable, as it sees it; "" when it may not be looked at
	System  bool   // only root can change that; not told on Windows
	Session int    // the leader of its session; 0 on Windows
	Flatpak string // the id of the Flatpak that it is in
}

// Serves returns nil when all who listen where a connection leads, which must be
// on the loopback, are our own user's or the system's. The
// system's own (root, LocalSystem) could do as it likes anyway, and passes
// connections on to containers. May return: ErrOthers.
func Serves(at netip.AddrPort) error {
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	if !at.Addr().IsLoopback() {
		return fmt.Errorf("%w: %s is not on this machine", ErrOthers, at)
	}
	owners, err := listeners(at)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOthers, err)
	}
	if len(owners) == 0 {
		return fmt.Errorf("%w: nobody is found to listen", ErrOthers)
	}
	for _, ours := range owners {
		if !ours {
			return ErrOthers
		}
	}
	return nil
}
