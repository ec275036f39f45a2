package credserver

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// listenInFolder opens the socket in a folder of ours alone, which is made where it is
// not there. A container that the folder is mounted into finds the socket of the next
// app there too.
func listenInFolder(folder string) (net.Listener, error) {
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return nil, &fs.PathError{Op: "use", Path: folder, Err: fs.ErrPermission}
	}
	socket := filepath.Join(folder, socketName)
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		_ = listener.Close()
		return nil, err
	}
	return listener, nil
}

// socketName is what the recipes in packaging/docker connect to.
const socketName = "credentials.sock"
