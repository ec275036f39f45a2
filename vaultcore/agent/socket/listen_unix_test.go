//go:build linux || darwin

package socket

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

// With umask 0 the socket is still ours alone.
func TestSocketIsPrivate(t *testing.T) {
	path := socketPath(t)
	app := play(t, "listen", path, nil) // sets umask 0
	if got := app.line(t); got != "listening" {
		t.Fatal(got)
	}
	if got := mode(t, path); got != fs.ModeSocket|0o600 {
		t.Errorf("mode of the socket is %v, want 0600", got)
	}
	if got := mode(t, filepath.Dir(path)); got != fs.ModeDir|0o700 {
		t.Errorf("mode of the folder is %v, want 0700", got)
	}
	if got := mode(t, filepath.Join(filepath.Dir(path), "agent.lock")); got != 0o600 {
		t.Errorf("mode of the lock is %v, want 0600", got)
	}
}

// A folder that is not ours alone is refused with the reason, and left as it is.
func TestFolderRefused(t *testing.T) {
	tests := []struct {
		name, reason string
		make         func(t *testing.T, dir string)
	}{
		{"open to others", "is open to others (mode 0777)", func(t *testing.T, dir string) {
			must(t, os.Mkdir(dir, 0o700))
			must(t, os.Chmod(dir, 0o777))
		}},
		{"readable by group", "is open to others (mode 0750)", func(t *testing.T, dir string) {
			must(t, os.Mkdir(dir, 0o700))
			must(t, os.Chmod(dir, 0o750))
		}},
		{"symbolic link", "is a symbolic link", func(t *testing.T, dir string) {
			must(t, os.Mkdir(dir+".real", 0o700))
			must(t, os.Symlink(dir+".real", dir))
		}},
		{"file", "is a file", func(t *testing.T, dir string) {
			must(t, os.WriteFile(dir, []byte("x"), 0o600))
		}},
		{"of another user", "is owned by another user (65534)", func(t *testing.T, dir string) {
			testenv.Root(t)
			must(t, os.Mkdir(dir, 0o700))
			must(t, os.Chown(dir, nobody, nobody))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := socketPath(t)
			dir := filepath.Dir(path)
			test.make(t, dir)
			before := mode(t, dir)
			_, err := Listen(t.Context(), Location{Socket: path})
			wantError(t, err, test.reason)
			if after := mode(t, dir); after != before {
				t.Errorf("mode went from %v to %v", before, after)
			}
			if _, err := os.Lstat(filepath.Join(dir, "agent.lock")); err == nil {
				t.Error("something was made in the folder")
			}
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFileInTheWayIsKept(t *testing.T) {
	path := socketPath(t)
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte("precious"), 0o600))
	_, err := Listen(t.Context(), Location{Socket: path})
	wantError(t, err, "exists and is not a socket")
	if text, err := os.ReadFile(path); string(text) != "precious" || err != nil {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

// Of twenty apps started at once one serves, and the others say why not.
func TestOneOfTwenty(t *testing.T) {
	path := socketPath(t)
	var apps []*player
	for range 20 {
		apps = append(apps, play(t, "listen", path, nil))
	}
	var alive *player
	for _, app := range apps {
		switch line := app.line(t); line {
		case "listening":
			if alive != nil {
				t.Fatal("two apps serve one socket")
			}
			alive = app
		case "error: " + ErrRunning.Error():
			var exit *exec.ExitError
			if err := app.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
				t.Errorf("a second app ended with %v, want code 3", err)
			}
		default:
			t.Errorf("an app said %q", line)
		}
	}
	if alive == nil {
		t.Fatal("no app serves")
	}
	before, err := os.Lstat(path)
	must(t, err)
	if second := play(t, "listen", path, nil).line(t); second != "error: "+ErrRunning.Error() {
		t.Errorf("a later app said %q", second)
	}
	after, err := os.Lstat(path)
	must(t, err)
	if !os.SameFile(before, after) {
		t.Error("the socket was replaced under a living app")
	}
	if got := play(t, "dial", path, nil).line(t); got != "read 5 bytes: <nil>" {
		t.Errorf("a caller %s", got)
	}

	must(t, alive.Process.Kill())
	_ = alive.Wait()
	if got := mode(t, path); got&fs.ModeSocket == 0 {
		t.Fatal("the killed app left no socket to replace")
	}
	if next := play(t, "listen", path, nil).line(t); next != "listening" {
		t.Errorf("after a kill the next app said %q", next)
	}
}

// Whoever holds the lock may be about to make the socket: nothing is touched.
func TestLockIsRespected(t *testing.T) {
	path := socketPath(t)
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	held, err := lock(filepath.Join(filepath.Dir(path), "agent.lock"))
	must(t, err)
	if _, err := Listen(t.Context(), Location{Socket: path}); !errors.Is(err, ErrRunning) {
		t.Errorf("got %v, want ErrRunning", err)
	}
	must(t, held.Close())
	listenAt(t, path)
}

// An app whose lock file was removed is not robbed of its socket.
func TestAnswerBeatsLock(t *testing.T) {
	path := socketPath(t)
	l := listenAt(t, path)
	must(t, os.Remove(filepath.Join(filepath.Dir(path), "agent.lock")))
	if _, err := Listen(t.Context(), Location{Socket: path}); !errors.Is(err, ErrRunning) {
		t.Errorf("got %v, want ErrRunning", err)
	}
	if !l.StillOurs() {
		t.Error("the socket was taken")
	}
}

func TestCloseRemovesOnlyOurs(t *testing.T) {
	path := socketPath(t)
	l := listenAt(t, path)
	must(t, os.Remove(path))
	must(t, os.WriteFile(path, nil, 0o600))
	must(t, l.Close())
	if _, err := os.Lstat(path); err != nil {
		t.Error("somebody else's file was removed")
	}
	must(t, os.Remove(path))
	l = listenAt(t, path)
	must(t, l.Close())
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

// Guard returns within 65 s of the socket being replaced, and never before.
func TestGuard(t *testing.T) {
	path := socketPath(t)
	l := listenAt(t, path)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		result := make(chan error, 1)
		go func() { result <- l.Guard(t.Context()) }()
		time.Sleep(time.Hour + time.Second)
		synctest.Wait()
		select {
		case err := <-result:
			t.Fatalf("Guard ended after %v: %v", time.Since(start), err)
		default:
		}
		must(t, os.Remove(path))
		must(t, os.WriteFile(path, nil, 0o600))
		replaced := time.Now()
		if err := <-result; !errors.Is(err, errTaken) {
			t.Errorf("got %v, want errTaken", err)
		}
		if late := time.Since(replaced); late > 65*time.Second {
			t.Errorf("noticed after %v", late)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := l.Guard(ctx); err != nil {
			t.Errorf("a guard that is told to stop returned %v", err)
		}
	})
}
