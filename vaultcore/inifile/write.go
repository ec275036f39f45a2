package inifile

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// ErrChanged is the failure to write a file that is no longer what was read:
// read it again and make the edit again.
var ErrChanged = errors.New("the file changed since it was read")

// tempMark is part of the name of every file that is written aside.
const tempMark = ".vaultbar-"

// staleAfter is the age at which a file written aside was left by a process
// that died.
const staleAfter = 10 * time.Minute

// WriteFile puts text in place of the file at path, whole or not at all. The
// file must still hold old; nil means that there must be no file. A symlink is
// followed, so that it goes on pointing at the file. Mode, owner and group are kept; a
// group that is not the user's to give away loses its rights with the file. A
// new file is 0600, its folder, where missing, 0700. On any error the old file
// is intact and nothing is left beside it; only when the last step fails, the
// sync of the folder, the new text is in place and may be lost in a power cut.
// It may return: ErrChanged, fs.ErrPermission.
func WriteFile(path string, text, old []byte) error {
	target, err := followLinks(path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(target)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := unchanged(target, old)
	if err != nil {
		return err
	}
	sweep(target)
	temp, err := writeAside(target, text, info)
	if err != nil {
		return err
	}
	if _, err := unchanged(target, old); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := os.Rename(temp, target); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncDir(dir)
}

// followLinks returns the path of the file that path leads to, which need not
// exist.
func followLinks(path string) (string, error) {
	for range 40 {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			return path, nil
		}
		link, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		path = link
	}
	return "", &fs.PathError{Op: "follow", Path: path, Err: errors.New("too many symbolic links")}
}

// unchanged checks that the file still holds old. It returns nil for a file
// that is rightly not there.
func unchanged(target string, old []byte) (fs.FileInfo, error) {
	info, err := os.Stat(target)
	if errors.Is(err, fs.ErrNotExist) {
		if old != nil {
			return nil, ErrChanged
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "write", Path: target, Err: errors.New("it is not a file")}
	}
	if info.Mode().Perm()&0o200 == 0 {
		return nil, &fs.PathError{Op: "write", Path: target, Err: fmt.Errorf("it is read-only: %w", fs.ErrPermission)}
	}
	now, err := Read(target)
	if err != nil {
		return nil, err
	}
	if old == nil || !bytes.Equal(now, old) {
		return nil, ErrChanged
	}
	return info, nil
}

// writeAside writes text to a new file in the folder of target, with the mode
// and owner of info, and makes sure that it is on the disk.
func writeAside(target string, text []byte, info fs.FileInfo) (string, error) {
	name := filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+tempMark+rand.Text())
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	err = fill(f, text, info)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(name))
	}
	return name, nil
}

func fill(f *os.File, text []byte, info fs.FileInfo) error {
	if _, err := f.Write(text); err != nil {
		return err
	}
	if info != nil {
		mode := info.Mode().Perm()
		kept, err := keepOwner(f, info)
		if err != nil {
			return err
		}
		if !kept {
			mode &^= 0o070 // they were meant for another group
		}
		if err := f.Chmod(mode); err != nil {
			return err
		}
	}
	return f.Sync()
}

// sweep removes what processes that died have left beside target.
func sweep(target string) {
	dir := filepath.Dir(target)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // the write itself will say what is wrong with the folder
	}
	prefix := "." + filepath.Base(target) + tempMark
	for _, entry := range entries {
		if len(entry.Name()) <= len(prefix) || entry.Name()[:len(prefix)] != prefix {
			continue
		}
		info, err := entry.Info()
		if err == nil && time.Since(info.ModTime()) > staleAfter {
			_ = os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}
