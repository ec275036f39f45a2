package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrTooLarge is the failure to read a file of more than [MaxSize] bytes.
var ErrTooLarge = errors.New("the file is too large")

// MaxSize is the size in bytes up to which a file is read.
const MaxSize = 4 << 20

// Read returns the bytes of a file. It refuses pipes and sockets, which would
// block, and folders. It may return: fs.ErrNotExist, fs.ErrPermission,
// ErrTooLarge.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&(fs.ModeDir|fs.ModeNamedPipe|fs.ModeSocket) != 0 {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("it is not a file")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f)
}

func readAll(f *os.File) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%w: more than %d MB", ErrTooLarge, MaxSize>>20)
	}
	return text, nil
}

// ErrNotPrivate is the failure to read a file that others could have put there, or
// may open.
var ErrNotPrivate = errors.New("the file is not only the user's")

// ReadPrivate returns the bytes of a file that is the user's alone. It follows no link
// to the file and waits at no pipe. It may return: fs.ErrNotExist, ErrNotPrivate,
// ErrTooLarge.
func ReadPrivate(path string) ([]byte, fs.FileInfo, error) {
	f, err := OpenPlain(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	reason := Exposed(info)
	if !info.Mode().IsRegular() {
		reason = "it is not a file"
	}
	if reason != "" {
		return nil, nil, fmt.Errorf("%w: %s", ErrNotPrivate, reason)
	}
	text, err := readAll(f)
	return text, info, err
}

// isLink is the failure of a path that is a link.
func isLink() error { return fmt.Errorf("%w: it is a symbolic link", ErrNotPrivate) }
