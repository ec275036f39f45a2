package launch

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

const program = "vaultbar-app.exe"

// nowhere is a working directory that keeps no folder busy.
func nowhere() string { return os.Getenv("SystemRoot") + `\` }

// detached gives the app no console, so that closing ours does not end it.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		HideWindow:    true,
		CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP,
	}
}

// complaint catches what the app writes to stderr while it starts. Writing to a
// pipe that nobody reads any more only fails here.
type complaint struct{ file, reader *os.File }

func newComplaint() (*complaint, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &complaint{writer, reader}, nil
}

// started is told when the app has the pipe's end: ours is closed, so that the
// reading ends with the app.
func (c *complaint) started() { _ = c.file.Close() }

// read returns what the app said; it must have ended.
func (c *complaint) read() string { return readSome(c.reader) }

func (c *complaint) close() {
	_ = c.file.Close()
	_ = c.reader.Close()
}
