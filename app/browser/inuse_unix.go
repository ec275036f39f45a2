//go:build unix

package browser

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// inUse says whether a browser has a profile open. sandboxed is for a browser whose
// processes cannot be seen from here.
func inUse(kind Kind, dir string, sandboxed bool) bool {
	if kind == Firefox {
		return lockHeld(filepath.Join(dir, ".parentlock"))
	}
	owner, err := os.Readlink(filepath.Join(dir, "SingletonLock"))
	if err != nil {
		return false
	}
	at := strings.LastIndexByte(owner, '-')
	host, err := os.Hostname()
	if err != nil || sandboxed || at < 0 || owner[:at] != host {
		return true // of another machine, on a shared disk, it cannot be said
	}
	pid, err := strconv.Atoi(owner[at+1:])
	if err != nil || pid <= 0 {
		return true
	}
	return !errors.Is(unix.Kill(pid, 0), unix.ESRCH) && answers(filepath.Join(dir, "SingletonSocket"))
}

// answers says whether a browser listens at a socket: a lock whose process number
// another program has by now is an old one. A browser that is about to listen has
// no socket yet.
func answers(socket string) bool {
	target, err := os.Readlink(socket)
	if err != nil {
		return true
	}
	conn, err := net.DialTimeout("unix", target, time.Second)
	if err != nil {
		return !errors.Is(err, unix.ECONNREFUSED) && !errors.Is(err, unix.ENOENT)
	}
	_ = conn.Close()
	return true
}

// lockHeld says whether a process holds Firefox's lock, which dies with it.
func lockHeld(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return !errors.Is(err, os.ErrNotExist)
	}
	defer func() { _ = file.Close() }()
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, &lock); err != nil {
		return true
	}
	return lock.Type != unix.F_UNLCK
}
