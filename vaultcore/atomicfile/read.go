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
	text, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%w: more than %d MB", ErrTooLarge, MaxSize>>20)
	}
	return text, nil
}
