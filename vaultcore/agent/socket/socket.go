package socket

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// ErrRunning says that another app serves this socket.
var ErrRunning = errors.New("another Vaultbar serves this socket")

// ErrNotRunning says that nobody serves the socket: starting the app would help.
// The errors of [Dial] that are this are vaultcore.ErrUnreachable as well.
var ErrNotRunning = errors.New("nobody serves the socket")

// Location is where the app of one person is found.
type Location struct {
	// Socket is where an app that starts now opens its socket.
	Socket string
	// Register is a link that leads to the socket of the app that runs, which may
	// have been started in another environment; beside it is the lock that the app
	// holds for life. It is empty where there is but one place for a socket.
	Register string
	// Handed is the socket, where a service manager has opened it: see [Handed]. An app
	// that starts now takes it in place of opening its own.
	Handed *os.File
}

// errTaken says that the socket is no longer the one that we opened.
var errTaken = errors.New("the socket was replaced or removed")

// Peer is the process at the other end of a connection, as the kernel says it.
type Peer struct {
	PID int
	UID int // -1 on Windows, where users have no number
}

// PeerOf returns who is at the other end of a connection from a [Listener] or
// from [Dial]; of any other connection it knows nothing.
func PeerOf(conn net.Conn) Peer {
	if p, ok := conn.(interface{ peer() Peer }); ok {
		return p.peer()
	}
	return Peer{UID: -1}
}

// Describe says who is at the other end of a connection from a [Listener]: its
// process, and how to find its names. Those are the program's, and its working
// directory with the home shortened to ~. The vaultbar command is a messenger:
// the program that ran it is named in its place. What cannot be found is empty,
// also when the process has ended before its names were asked for. Its sandbox is
// the container or the like that it runs in, for as long as it is there; its Person
// and its Chain read the process table.
func Describe(from net.Conn) vaultcore.Caller {
	c, ok := from.(*conn)
	if !ok {
		return vaultcore.Caller{}
	}
	return vaultcore.Caller{PID: c.who.PID, Names: sync.OnceValues(c.describe), Sandbox: c.sandbox, Chain: sync.OnceValue(c.chain), Person: c.person}
}

// verdict decides whether a peer is served: only one that certainly is us.
func verdict(us, uid int, err error) error {
	if err != nil {
		return fmt.Errorf("the user at the other end is not known: %w", err)
	}
	if uid != us {
		return fmt.Errorf("user %d is not user %d", uid, us)
	}
	return nil
}

func notRunning(cause error) error {
	return &vaultcore.Fault{
		Kind: vaultcore.ErrUnreachable, Cause: fmt.Errorf("%w: %w", ErrNotRunning, cause),
		Message: "Vaultbar is not running", Hint: "start it with `vaultbar-app`",
	}
}

func foreign(what, path string, uid int) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrUnreachable, "%s %s is owned by another user (%d)", what, path, uid).
		WithHint("Vaultbar talks to nobody but you: remove it, or have its owner remove it")
}

// accessFor is the security descriptor of a pipe that only the user with this
// SID may open: protected from inheritance, full access for that user, nobody
// else, not even the system.
func accessFor(sid string) string { return "D:P(A;;GA;;;" + sid + ")" }

// pipeName is the name of a user's pipe.
func pipeName(sid string) string { return pipes + `vaultbar-` + sid }

// pipes is where Windows has its named pipes.
const pipes = `\\.\pipe\`
