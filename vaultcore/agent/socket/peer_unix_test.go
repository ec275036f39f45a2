//go:build linux || darwin

package socket

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

func TestVerdict(t *testing.T) {
	tests := []struct {
		us, uid int
		err     error
		served  bool
	}{
		{1000, 1000, nil, true},
		{0, 0, nil, true},
		{1000, 1001, nil, false},
		{1000, 0, nil, false},
		{0, 1000, nil, false},
		{1000, -1, nil, false},
		{1000, 1000, errors.New("no credentials"), false},
		{0, 0, errors.New("no credentials"), false},
	}
	for _, test := range tests {
		if err := verdict(test.us, test.uid, test.err); (err == nil) != test.served {
			t.Errorf("user %d at the socket of %d (%v): %v", test.uid, test.us, test.err, err)
		}
	}
}

// openToAll lets everybody reach a socket, so that only the check of the user is left.
func openToAll(t *testing.T, path string) {
	t.Helper()
	must(t, os.Chmod(path, 0o666))
	must(t, os.Chmod(filepath.Dir(path), 0o755))
}

// Another user gets no byte, though the file system lets them in.
func TestOtherUserIsRefused(t *testing.T) {
	testenv.Root(t)
	path := socketPath(t)
	app := play(t, "listen", path, nil)
	app.line(t)
	openToAll(t, path)
	if got := play(t, "raw", path, as(nobody)).line(t); got != "read 0 bytes: <nil>" {
		t.Errorf("another user %s", got)
	}
	if got := app.line(t); got != "refused: 65534" {
		t.Errorf("the app said %q", got)
	}
	if got := play(t, "raw", path, nil).line(t); got != "read 5 bytes: <nil>" {
		t.Errorf("our own user %s", got)
	}
}

// Root is another user.
func TestRootIsRefused(t *testing.T) {
	testenv.Root(t)
	path := socketPath(t)
	must(t, os.Chown(filepath.Dir(filepath.Dir(path)), nobody, nobody))
	app := play(t, "listen", path, as(nobody))
	if got := app.line(t); got != "listening" {
		t.Fatal(got)
	}
	if got := play(t, "raw", path, nil).line(t); got != "read 0 bytes: <nil>" {
		t.Errorf("root %s", got)
	}
	if got := app.line(t); got != "refused: 0" {
		t.Errorf("the app said %q", got)
	}
	_, err := Dial(t.Context(), Location{Socket: path})
	wantError(t, err, "is owned by another user (65534)")
	if !errors.Is(err, vaultcore.ErrUnreachable) || errors.Is(err, ErrNotRunning) {
		t.Errorf("%v: want unreachable, and not as if starting the app would help", err)
	}
}

// What answers in our own folder may still be another user's.
func TestServerOfAnotherUserIsRefused(t *testing.T) {
	testenv.Root(t)
	path := socketPath(t)
	must(t, os.Chown(filepath.Dir(filepath.Dir(path)), nobody, nobody))
	play(t, "listen", path, as(nobody)).line(t)
	must(t, os.Chown(filepath.Dir(path), 0, 0))
	_, err := Dial(t.Context(), Location{Socket: path})
	wantError(t, err, "the socket "+path+" is owned by another user (65534)")
	must(t, os.Lchown(path, 0, 0))
	_, err = Dial(t.Context(), Location{Socket: path})
	wantError(t, err, "what answers at "+path+" is owned by another user (65534)")
}

func TestDialNotRunning(t *testing.T) {
	path := socketPath(t)
	_, err := Dial(t.Context(), Location{Socket: path})
	wantNotRunning(t, err)
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	_, err = Dial(t.Context(), Location{Socket: path})
	wantNotRunning(t, err)
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	must(t, err)
	stale.SetUnlinkOnClose(false)
	must(t, stale.Close())
	_, err = Dial(t.Context(), Location{Socket: path})
	wantNotRunning(t, err)
	listenAt(t, path)
	if _, err := Dial(t.Context(), Location{Socket: path}); err != nil {
		t.Errorf("the socket of a dead app was not replaced: %v", err)
	}
}

func wantNotRunning(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrNotRunning) || !errors.Is(err, vaultcore.ErrUnreachable) || vaultcore.Hint(err) == "" {
		t.Errorf("got %v, want one that says the app is not running, with a hint", err)
	}
}

func TestPeerOf(t *testing.T) {
	path := socketPath(t)
	l := listenAt(t, path)
	c, err := Dial(t.Context(), Location{Socket: path})
	must(t, err)
	defer func() { _ = c.Close() }()
	server, err := l.Accept()
	must(t, err)
	defer func() { _ = server.Close() }()
	want := Peer{PID: os.Getpid(), UID: os.Getuid()}
	if got := PeerOf(server); got != want {
		t.Errorf("the app sees %+v, want %+v", got, want)
	}
	if got := PeerOf(c); got != want {
		t.Errorf("the caller sees %+v, want %+v", got, want)
	}
	a, b := net.Pipe()
	defer func() { _, _ = a.Close(), b.Close() }()
	if got := PeerOf(a); got.PID != 0 || got.UID != -1 {
		t.Errorf("of a pipe it knows %+v", got)
	}
}

func TestCloseEndsAccept(t *testing.T) {
	l := listenAt(t, socketPath(t))
	ended := make(chan error, 1)
	go func() {
		_, err := l.Accept()
		ended <- err
	}()
	must(t, l.Close())
	if err := wait.For(t, "the listener is closed", ended); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept ended with %v, want net.ErrClosed", err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}
