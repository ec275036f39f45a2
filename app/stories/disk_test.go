//go:build linux

package stories_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// smallDisk puts the world's home on a disk of its own, of 128 KiB.
func (w *world) smallDisk() {
	w.Helper()
	testenv.Root(w)
	config, err := os.ReadFile(w.configFile())
	w.check(err)
	if err := unix.Mount("none", w.home, "tmpfs", 0, "size=128k,mode=0700"); err != nil {
		testenv.That(w, false, "the right to mount a disk: "+err.Error())
	}
	w.Cleanup(func() { // before the world's own end
		if app, ok := w.findApp(); ok { // or it goes on writing while the world is removed
			_ = w.run("stop")
			app.gone(patience)
		}
		if err := unix.Unmount(w.home, unix.MNT_DETACH); err != nil {
			w.Error(err)
		}
	})
	w.check(os.Mkdir(filepath.Dir(w.configFile()), 0o700))
	w.writeConfig(string(config))
	w.setting("")
}

// fill leaves no byte free on the disk of the home.
func (w *world) fill() {
	w.Helper()
	file, err := os.Create(filepath.Join(w.home, "filler"))
	w.check(err)
	defer func() { _ = file.Close() }()
	for {
		_, err := file.Write(make([]byte, 512))
		if errors.Is(err, unix.ENOSPC) {
			return
		}
		w.check(err)
	}
}

func (w *world) makeRoom() {
	w.Helper()
	w.check(os.Remove(filepath.Join(w.home, "filler")))
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smallDisk()
	w.add(plain, w.spare)
	old := w.export("--no-session", plain)
	w.must("clear")
	w.fill()
	got := w.do(w.adding(plain, w.aws.Key, "--no-verify"))
	w.wantComplaint(got, 1, "")
	if now := w.export("--no-session", plain); now != old {
		t.Error("the old key is gone")
	}
	if now := w.export(plain); now.SessionToken == "" {
		t.Error("no session without room to save it")
	}
	w.app().kill()
	if now := w.export("--no-session", plain); now != old {
		t.Error("a new app does not have the old key")
	}
	w.makeRoom()
	w.add(plain, w.aws.Key)
	if now := w.export("--no-session", plain); now.AccessKeyID != w.aws.Key.ID() {
		t.Error("with room again the new key is not kept")
	}
}

// A disk that is full at the very first start is told, too.
func TestFullDiskFromTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smallDisk()
	w.fill()
	got := w.do(w.adding(plain, w.spare, "--no-verify"))
	w.wantComplaint(got, 1, "")
	w.makeRoom()
	w.add(plain, w.spare)
	w.export(plain)
}

func TestReadOnlyHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smallDisk()
	w.add(plain, w.spare)
	w.stop()
	w.check(unix.Mount("none", w.home, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	if got := w.export(plain); got.SessionToken == "" {
		t.Error("no session from a home that cannot be written")
	}
	again := w.export(plain)
	if now := w.export(plain); now != again {
		t.Error("the session is not even kept in memory")
	}
	for _, cmd := range [][]string{{"setup", "--yes", plain}, {"remove", "--force", plain}} {
		got := w.run(cmd...)
		if got.code != 1 || !complaint.MatchString(got.stderr) {
			t.Errorf("%s: exit code %d\n%s", cmd[0], got.code, got.stderr)
		}
		w.reads(cmd[0], got.stderr)
	}
	got := w.do(w.adding(plain, w.aws.Key, "--no-verify"))
	w.wantComplaint(got, 1, "add")
	if got := w.run("export", "--format=json", plain); got.code != 3 {
		t.Errorf("the key that was removed is used on: exit code %d\n%s", got.code, got.stderr)
	}
	w.app().kill() // that it was removed could not be written down, as remove said
	if now := w.export("--no-session", plain); now.AccessKeyID != w.spare.ID() {
		t.Error("the key is another one")
	}
}
