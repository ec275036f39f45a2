package login

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/bounded"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// rereadPause is the time between two looks at a file that another process writes.
const rereadPause = 20 * time.Millisecond

// patience is how long other processes are waited for, which write where the file lies.
type patience struct {
	torn   time.Duration // to write the rest of a file that is not whole
	lagged time.Duration // to write what they got of AWS
}

// usual is the patience with programs that are not stopped.
var usual = patience{torn: time.Second, lagged: 2 * time.Second}

// File is the file in a folder that caches a login_session.
func File(folder, session string) string {
	sum := sha256.Sum256([]byte(session))
	return filepath.Join(folder, hex.EncodeToString(sum[:])+".json")
}

// file is one cached sign-in, which other processes read and write too.
type file struct {
	path string
	patience
}

// errGone is a cached sign-in that was removed, or replaced by another one, while it
// was refreshed: what came of the refresh is not for its place.
var errGone = errors.New("the cached sign-in was replaced")

// read returns the sign-in; a text that is not whole may be half written, and is looked
// at for some time. It may return: fs.ErrNotExist, fs.ErrPermission, errUnreadable,
// errNoKey, that of ctx.
func (f file) read(ctx context.Context) (Entry, error) {
	for until := time.Now().Add(f.torn); ; {
		text, err := atomicfile.Read(f.path)
		if err != nil {
			return Entry{}, err
		}
		e, err := ParseEntry(text)
		if err == nil || time.Now().After(until) {
			return e, err
		}
		if retry.Sleep(ctx, rereadPause) != nil {
			return Entry{}, ctx.Err()
		}
	}
}

// next waits until another process has written another sign-in than one, for as long as
// that may take, and returns it.
func (f file) next(ctx context.Context, than Entry) (Entry, bool) {
	for until := time.Now().Add(f.lagged); time.Now().Before(until); {
		if e, err := f.read(ctx); err != nil || !e.same(than) {
			return e, err == nil
		}
		if retry.Sleep(ctx, rereadPause) != nil {
			break
		}
	}
	return Entry{}, false
}

// broken says of a failure to read that the text is the reason.
func broken(err error) bool { return errors.Is(err, errUnreadable) || errors.Is(err, errNoKey) }

// replace writes a sign-in in place of the one that it was refreshed from: aside, then
// renamed over it. It may return: errGone, fs.ErrPermission.
func (f file) replace(ctx context.Context, from, with Entry) error {
	for {
		e, err := f.read(ctx)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return errGone
		case broken(err): // half written, by a process that died
			return f.create(with)
		case err != nil:
			return err
		case !e.same(from):
			return errGone
		}
		if err := f.put(with, []byte(e.text.Reveal())); !errors.Is(err, atomicfile.ErrChanged) {
			return err
		}
	}
}

// create writes a sign-in, whatever is there.
func (f file) create(e Entry) error {
	return atomicfile.Update(f.path, func(old []byte) ([]byte, error) {
		f.tighten()
		return []byte(e.text.Reveal()), nil
	})
}

func (f file) put(e Entry, old []byte) error {
	f.tighten()
	return atomicfile.WriteFile(f.path, []byte(e.text.Reveal()), old)
}

// tighten takes the file from others than its owner: a program may have made it with
// more rights, and they are kept when it is written.
func (f file) tighten() {
	if info, err := os.Stat(f.path); err == nil && info.Mode().Perm()&0o077 != 0 {
		_ = os.Chmod(f.path, info.Mode().Perm()&^0o077)
	}
}

// remove signs out as `aws logout` does. It says whether there was a file.
func (f file) remove() (was bool, err error) {
	err = os.Remove(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// lock holds other processes of Vaultbar off: of two that refresh one sign-in at once,
// one would be refused.
func (f file) lock(ctx context.Context) (release func(), err error) {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return nil, err
	}
	lock := strings.TrimSuffix(f.path, filepath.Ext(f.path)) + ".vaultbar-lock"
	return bounded.Call(ctx, func() (func(), error) { return atomicfile.Lock(lock) }, func(release func()) { release() })
}

// unusable is the fault of a cache that cannot be used: where a refreshed sign-in
// could not be written it would be lost, for AWS's tools too.
func (f file) unusable(doing string, err error) error {
	return &vaultcore.Fault{
		Kind: vaultcore.ErrConfig, Cause: err,
		Message: "the sign-in of `aws login` cannot be " + doing + ": " + err.Error(),
		Hint:    "see who owns the file and the folder; AWS_LOGIN_CACHE_DIRECTORY names another",
	}
}
