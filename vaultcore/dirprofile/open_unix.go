//go:build unix

package dirprofile

import (
	"os"
	"syscall"
)

// open opens a file to read it, and waits for nobody who might write to it.
func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
}
