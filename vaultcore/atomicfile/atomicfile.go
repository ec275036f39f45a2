// Package atomicfile puts a file in place of another, whole or not at all: the new
// text is written aside in the same folder, synced, renamed over the old, and the
// folder is synced. Whoever reads sees the old text or the new one, also after a
// crash or a power cut.
//
// [WriteFile] is for files that the person and other programs edit too: it refuses
// when the text is no longer what was read, follows symbolic links, and keeps mode,
// owner and group; [Update] tries again then. [Replace] and [ReplaceIn] are for files that are ours alone,
// [Move] for a file that somebody else has written aside; [Lock] holds other
// processes off meanwhile. [Read] reads what all these write, and blocks at nothing. A
// [JSON] keeps a value of ours that changes while the app runs.
package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
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
	return SyncDir(dir)
}

// maxUpdates is how often [Update] tries.
const maxUpdates = 5

// Update has edit change the text of a file, which is nil where there is none, and
// writes the result by [WriteFile]. When another program has written the file
// meanwhile, both are done again. It may return: the error of edit, ErrChanged,
// ErrTooLarge, fs.ErrPermission.
func Update(path string, edit func(old []byte) ([]byte, error)) error {
	for tries := 1; ; tries++ {
		old, err := Read(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		text, err := edit(old)
		if err != nil {
			return err
		}
		if err := WriteFile(path, text, old); tries == maxUpdates || !errors.Is(err, ErrChanged) {
			return err
		}
	}
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
	name := filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+tempMark+strconv.FormatUint(rand.Uint64(), 36)) // its name is taken by nobody: O_EXCL
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	err = fill(f, text, func() error { return inherit(f, info) })
	if err != nil {
		return "", errors.Join(err, os.Remove(name))
	}
	return name, nil
}

// inherit gives f the mode and owner of the file it will replace, if there is one.
func inherit(f *os.File, info fs.FileInfo) error {
	if info == nil {
		return nil
	}
	mode := info.Mode().Perm()
	kept, err := keepOwner(f, info)
	if err != nil {
		return err
	}
	if !kept {
		mode &^= 0o070 // they were meant for another group
	}
	return f.Chmod(mode)
}

// fill writes a file, sets its rights, syncs and closes it.
func fill(f *os.File, text []byte, rights func() error) error {
	_, err := f.Write(text)
	if err == nil {
		err = rights()
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// Replace writes a file with this mode, whatever is there; the last of several
// writers wins. Its folder is made where it is missing.
func Replace(path string, text []byte, mode fs.FileMode) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return errors.Join(ReplaceIn(root, filepath.Base(path), text, mode), SyncDir(dir))
}

// ReplaceIn is [Replace] within a root, which no link leads out of. It does not sync
// the folder: a power cut may bring the old file back.
func ReplaceIn(root *os.Root, path string, text []byte, mode fs.FileMode) error {
	aside := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+tempMark+"new")
	if err := root.Remove(aside); err != nil && !errors.Is(err, fs.ErrNotExist) { // a crash has left it
		return err
	}
	f, err := root.OpenFile(aside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = fill(f, text, func() error { return f.Chmod(mode) })
	if err == nil {
		err = root.Rename(aside, path)
	}
	if err != nil {
		return errors.Join(err, root.Remove(aside))
	}
	return nil
}

// Move puts a file that was written aside in its place, in the same file system.
func Move(from, to string) error {
	f, err := os.OpenFile(from, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := replace(from, to); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(to))
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
