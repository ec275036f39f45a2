package socket

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"strings"
	"sync"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Find returns the person's pipe. The environment plays no part. It may return:
// ErrConfig.
func Find(func(string) string) (Location, error) {
	sid, err := ourSID()
	if err != nil {
		return Location{}, &vaultcore.Fault{
			Kind: vaultcore.ErrConfig, Cause: err,
			Message: "cannot tell who runs Vaultbar: " + err.Error(),
			Hint:    "log in again, then try again",
		}
	}
	return Location{Socket: pipeName(sid.String())}, nil
}

func ourSID() (*windows.SID, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, err
	}
	return user.User.Sid, nil
}

// Listener accepts connections of our own user. It is a net.Listener.
type Listener struct {
	// Refused is never called on Windows: the system refuses other users
	// before there is a connection.
	Refused func(uid int, reason error)

	net.Listener
	release func() // gives the mutex up, once
}

// Listen opens the pipe for our own user. The system lets only one process make
// the first instance of a pipe; a mutex of the same name says so before a pipe is
// touched, and where the first instance is not kept to one process, as in Wine. It
// may return: ErrRunning.
func Listen(_ context.Context, place Location) (*Listener, error) {
	sid, err := ourSID()
	if err != nil {
		return nil, err
	}
	only, err := claim(place)
	if err != nil {
		return nil, err
	}
	l, err := listenPipe(place, sid)
	if err != nil {
		_ = windows.CloseHandle(only)
		return nil, err
	}
	return &Listener{Listener: l, release: sync.OnceFunc(func() { _ = windows.CloseHandle(only) })}, nil
}

// claim makes the mutex of a place, which must not be there. It is in the session's
// own name space, which no other user's programs write to; an app of ours in another
// session is met at the pipe.
func claim(place Location) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(`Local\` + strings.TrimPrefix(place.Socket, pipes))
	if err != nil {
		return 0, err
	}
	only, err := windows.CreateMutex(nil, false, name)
	if errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		_ = windows.CloseHandle(only)
		return 0, ErrRunning
	}
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) { // that app runs as administrator
		return 0, ErrRunning
	}
	return only, err
}

func listenPipe(place Location, sid *windows.SID) (net.Listener, error) {
	l, err := winio.ListenPipe(place.Socket, &winio.PipeConfig{SecurityDescriptor: accessFor(sid.String())})
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_ALREADY_EXISTS) || errors.Is(err, windows.ERROR_PIPE_BUSY) {
		return nil, ErrRunning
	}
	if err != nil {
		return nil, &vaultcore.Fault{Kind: vaultcore.ErrConfig, Cause: err, Message: "cannot open the pipe: " + err.Error(),
			Hint: "end other programs of the name vaultbar-app, then try again"}
	}
	return l, nil
}

// Close ends the listening. The mutex goes first: who finds no pipe may serve.
func (l *Listener) Close() error {
	l.release()
	return l.Listener.Close()
}

// Accept returns the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: raw, who: Peer{PID: pidOf(raw, windows.GetNamedPipeClientProcessId), UID: -1}}, nil
}

// StillOurs is always true: nobody can take a pipe that we hold open.
func (*Listener) StillOurs() bool { return true }

// Guard waits for ctx: nobody can take a pipe that we hold open.
func (*Listener) Guard(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Dial connects to the app of a place, and makes sure that the process behind the
// pipe is our own user's. Its errors are vaultcore.ErrUnreachable; those that
// starting the app would cure are [ErrNotRunning] as well.
func Dial(ctx context.Context, place Location) (net.Conn, error) {
	path := place.Socket
	raw, err := winio.DialPipeContext(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notRunning(err)
	}
	if err != nil {
		return nil, cannotDial(path, err)
	}
	c := &conn{Conn: raw, who: Peer{PID: pidOf(raw, windows.GetNamedPipeServerProcessId), UID: -1}}
	ours, err := oursIs(c.who.PID)
	if err == nil && ours {
		return c, nil
	}
	_ = raw.Close()
	if err != nil {
		return nil, cannotDial(path, err)
	}
	return nil, foreign("the pipe", path, -1)
}

func cannotDial(path string, err error) error {
	return &vaultcore.Fault{
		Kind: vaultcore.ErrUnreachable, Cause: err,
		Message: "Vaultbar cannot be reached at " + path + ": " + err.Error(),
		Hint:    "end vaultbar-app and run the command again: it starts Vaultbar",
	}
}

// oursIs says whether a process runs as our own user.
func oursIs(pid int) (bool, error) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return false, err
	}
	defer func() { _ = windows.CloseHandle(process) }()
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return false, err
	}
	defer func() { _ = token.Close() }()
	user, err := token.GetTokenUser()
	if err != nil {
		return false, err
	}
	us, err := ourSID()
	return err == nil && user.User.Sid.Equals(us), err
}

// pidOf asks for the process at an end of a pipe; 0 when it is not known.
func pidOf(c net.Conn, ask func(windows.Handle, *uint32) error) int {
	pipe, ok := c.(interface{ Fd() uintptr })
	if !ok {
		return 0
	}
	var pid uint32
	if ask(windows.Handle(pipe.Fd()), &pid) != nil {
		return 0
	}
	return int(pid)
}

// conn is a connection of our own user.
type conn struct {
	net.Conn
	who Peer
}

func (c *conn) peer() Peer { return c.who }

func (c *conn) describe() (program, dir string) { return describe(c.who) }

func (c *conn) chain() vaultcore.Chain { return chain(c.who) }

// person is always false: Windows does not tell who sits at a console, so
// approvals are asked on the screen.
func (*conn) person() bool { return false }

// sandbox is none: the pipe lets in no program of an app container.
func (*conn) sandbox() string { return "" }
