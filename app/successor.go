package app

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// An upgrade puts another file in the place of the app's program, and leaves the
// process that runs as it is. The app sees that when it has been asked for something,
// and becomes the new program at the first moment in which that loses nothing and
// will make nobody be asked: sessions are in the keychain, and are there again.

const (
	firstLook  = 100 * time.Millisecond // after an upgrade was seen
	longLook   = 30 * time.Second       // at most between two looks whether the moment has come
	versionCan = 5 * time.Second        // for the new program to say its version
	addressEnd = 30 * time.Second       // of the one-shot address of a sign-in
)

// origin is the file that the app was started from.
type origin struct {
	path string
	file os.FileInfo // nil when it is not known
}

// findOrigin finds it, by the name that the app was started by where that leads to
// it: a link may lead to the next version's folder after an upgrade.
func findOrigin() *origin {
	path, err := os.Executable()
	if err != nil {
		return &origin{}
	}
	file, err := os.Stat(path)
	if err != nil {
		return &origin{}
	}
	if named, err := os.Stat(os.Args[0]); filepath.IsAbs(os.Args[0]) && err == nil && os.SameFile(file, named) {
		path = os.Args[0]
	}
	return &origin{path, file}
}

// successor is the file that now lies where the app's program did; nil while it is
// that program, or there is none, or one that somebody else could have put there.
func (o *origin) successor() os.FileInfo {
	if o == nil || o.file == nil {
		return nil
	}
	now, err := os.Stat(o.path)
	if err != nil || !now.Mode().IsRegular() || !ourProgram(now) {
		return nil
	}
	if os.SameFile(o.file, now) && now.ModTime().Equal(o.file.ModTime()) && now.Size() == o.file.Size() {
		return nil
	}
	return now
}

// upgrade is what the app knows of its own upgrade.
type upgrade struct {
	from atomic.Pointer[origin]
	seen chan struct{}          // holds a value once another program was seen in its place
	next atomic.Pointer[string] // the program to become when the app has ended
	busy atomic.Int32           // how much is being done for others
	held atomic.Int64           // until when, in Unix milliseconds, something of the app is in use
}

// newUpgrade begins to look out for one.
func newUpgrade() *upgrade {
	u := &upgrade{seen: make(chan struct{}, 1)}
	u.from.Store(findOrigin())
	return u
}

// begin notes that something is being done for somebody, until end, which is when
// there is time to look.
func (u *upgrade) begin() (end func()) {
	u.busy.Add(1)
	return u.end
}

func (u *upgrade) end() {
	u.busy.Add(-1)
	if u.from.Load().successor() == nil {
		return
	}
	select {
	case u.seen <- struct{}{}:
	default: // it was seen before
	}
}

// hold keeps the app as it is for a while: something that it serves may be fetched.
func (u *upgrade) hold(d time.Duration) { u.held.Store(time.Now().Add(d).UnixMilli()) }

// awaitUpgrade waits for an upgrade, and ends the app when the new program can go on.
func (a *app) awaitUpgrade(ctx context.Context) {
	for {
		select {
		case <-a.upgrade.seen:
		case <-ctx.Done():
			return
		}
		if a.awaitMoment(ctx) && a.handOver(ctx) {
			return
		}
	}
}

// awaitMoment returns when nothing is lost any more, and says so; not when ctx ends.
func (a *app) awaitMoment(ctx context.Context) bool {
	logged := ""
	for wait := (retry.Backoff{First: firstLook, Most: longLook}); wait.Wait(ctx) == nil; {
		why := a.inUse()
		if why == "" {
			return true
		}
		if why != logged {
			a.log.Info("the program was replaced; the new one takes over later", "because", why)
		}
		logged = why
	}
	return false
}

// inUse says what would be lost if the app ended now; "" when nothing is.
func (a *app) inUse() string {
	switch {
	case a.lock.Locked():
		return "Vaultbar is locked"
	case a.upgrade.busy.Load() > 0:
		return "a request is in progress"
	case time.Now().UnixMilli() < a.upgrade.held.Load():
		return "a sign-in is in progress"
	case a.vault.Unsaved():
		return "a session is not saved"
	case a.vault.Serving():
		return "a profile is served"
	case a.vault.HasOpened() && a.passphraseForSuccessor() == nil:
		return "the passphrase would be asked for again"
	default:
		return a.desktop.InUse()
	}
}

// handOver ends the app in favour of the program that has taken its place, if that is
// one that runs.
func (a *app) handOver(ctx context.Context) bool {
	from := a.upgrade.from.Load()
	file := from.successor()
	if file == nil { // it was taken away again
		return false
	}
	version, err := versionOf(ctx, from.path)
	if err != nil {
		a.upgrade.from.Store(&origin{from.path, file})
		a.log.Warn("the program was replaced by one that does not run", "path", from.path, "error", err)
		return false
	}
	a.log.Info("the program was replaced: the new one takes over", "path", from.path, "version", version)
	a.upgrade.next.Store(&from.path)
	a.stop()
	return true
}

// versionOf asks a program for its version, as this one says it.
func versionOf(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionCan)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	version, ok := strings.CutPrefix(strings.TrimSpace(string(out)), "vaultbar-app ")
	if err == nil && !ok {
		err = vaultcore.Faultf(vaultcore.ErrVersion, "it is not vaultbar-app")
	}
	return vaultcore.Printable(version), err
}

// passphraseForSuccessor is the passphrase that came with this app's environment, for the next
// program; nil when there is none, and when somebody else than root could have put
// that program there: it would get from it what no other program of ours can read.
func (a *app) passphraseForSuccessor() *vaultcore.Secret {
	if from := a.upgrade.from.Load(); from == nil || !rootsAlone(from.path) {
		return nil
	}
	return a.passphrase.Given()
}

// successorEnv is the environment that the next program starts in: the one that this app
// was started in, without the variables that were removed at the start.
func (a *app) successorEnv() []string {
	env := a.env.userEnv
	if phrase := a.passphraseForSuccessor(); phrase != nil {
		env = append(env[:len(env):len(env)], "VAULTBAR_FILE_PASSPHRASE="+phrase.Reveal())
	}
	return env
}
