//go:build unix

package launch

import (
	"io"
	"os"
	"syscall"
)

const program = "vaultbar-app"

// nowhere is a working directory that keeps no file system busy.
func nowhere() string { return "/" }

// detached makes the app the leader of a session of its own: no key at the
// terminal, and no closing of it, reaches it.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// complaint catches what the app writes to stderr while it starts. It is a file
// without a name rather than a pipe: the app keeps it for life, and writing to a
// pipe whose reader has left would kill it.
type complaint struct{ file *os.File }

func newComplaint() (*complaint, error) {
	file, err := os.CreateTemp("", "vaultbar-start-")
	if err != nil { // a full disk must not keep the app from starting
		file, err = os.OpenFile(os.DevNull, os.O_RDWR, 0)
		return &complaint{file}, err
	}
	return &complaint{file}, os.Remove(file.Name())
}

// started is told when the app has the file as well.
func (c *complaint) started() {}

// read returns what the app said; it must have ended.
func (c *complaint) read() string {
	if _, err := c.file.Seek(0, io.SeekStart); err != nil {
		return ""
	}
	return readSome(c.file)
}

func (c *complaint) close() { _ = c.file.Close() }
