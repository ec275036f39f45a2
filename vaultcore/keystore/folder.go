package keystore

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

const (
	headerFile = "keychain.json"
	lockFile   = ".lock"
	workFolder = ".w"
)

// folder is where the file backend keeps its items.
type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

// check refuses a folder that others could have put something into. That there
// is none yet is fs.ErrNotExist.
func (f folder) check() error {
	info, err := os.Lstat(string(f))
	if err != nil {
		return err
	}
	reason := ""
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		reason = "it is a symbolic link"
	case !info.IsDir():
		reason = "it is not a folder"
	default:
		reason = atomicfile.Exposed(info)
	}
	if reason == "" {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrTampered, "the keychain's folder %s is refused: %s", f, reason).
		WithHint("it must be a folder of your own that nobody else can enter: `chmod 700 %s` once you know who changed it", f)
}

// make makes the folder where there is none, and checks it.
func (f folder) make() error {
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(string(f), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return f.check()
}

// items lists the names of the items, whether they can be used or not. Other
// files are ignored.
func (f folder) items() ([]string, error) {
	if err := f.check(); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return nil, err
	}
	var items []string
	for _, e := range entries {
		if isItem(e.Name()) && !e.IsDir() {
			items = append(items, e.Name())
		}
	}
	return items, nil
}

// read returns a whole small file of the folder. It follows no link, waits at
// no pipe, and reads no more than limit.
func (f folder) read(name string, limit int64) ([]byte, error) {
	file, err := atomicfile.OpenPlain(f.path(name))
	if errors.Is(err, atomicfile.ErrNotPrivate) {
		return nil, damaged("it is a symbolic link")
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, damaged("it is not a plain file")
	}
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if int64(len(text)) > limit {
		return nil, damaged("it is too large")
	}
	return text, err
}

// write puts a file in place of the one of the same name: fill makes it in a
// folder that nobody looks into, it is synced, renamed, and the rename synced.
// A crash leaves the old file or the new one. Writers of other processes wait.
func (f folder) write(name string, fill func(work folder) error) error {
	if err := f.make(); err != nil {
		return err
	}
	release, err := atomicfile.Lock(f.path(lockFile))
	if err != nil {
		return err
	}
	defer release()
	work := folder(f.path(workFolder))
	if err := os.RemoveAll(string(work)); err != nil {
		return err
	}
	if err := os.Mkdir(string(work), 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(string(work))
	if err := fill(work); err != nil {
		return err
	}
	return atomicfile.Move(work.path(name), f.path(name))
}

// sweep removes what a crash left of a write. It writes nothing where there is
// nothing to remove.
func (f folder) sweep() {
	if f.check() != nil {
		return
	}
	if _, err := os.Lstat(f.path(workFolder)); err != nil {
		return
	}
	release, err := atomicfile.Lock(f.path(lockFile))
	if err != nil {
		return
	}
	defer release()
	_ = os.RemoveAll(f.path(workFolder))
}
