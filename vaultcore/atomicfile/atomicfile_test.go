package atomicfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	oldText = "[a]\nk = old\n"
	newText = "[a]\nk = new\n"
)

// TestMain lets the test binary stand in for a program that saves a file, so
// that tests can break its system calls or kill it.
func TestMain(m *testing.M) {
	if path := os.Getenv("ATOMICFILE_TEST_SAVE"); path != "" {
		os.Exit(save(path))
	}
	os.Exit(m.Run())
}

// writeOld makes a file with the old text.
func writeOld(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(oldText), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func wantText(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %q (%v), want %q", filepath.Base(path), got, err, want)
	}
}

// wantOnly holds that a folder has these files and no others.
func wantOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if len(got) != len(names) {
		t.Errorf("%s has %q, want %q", dir, got, names)
		return
	}
	for i := range names {
		if got[i] != names[i] {
			t.Errorf("%s has %q, want %q", dir, got, names)
		}
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	writeOld(t, path, 0o640)
	if err := WriteFile(path, []byte(newText), []byte(oldText)); err != nil {
		t.Fatal(err)
	}
	wantText(t, path, newText)
	wantOnly(t, dir, "config")
	info, err := os.Stat(path)
	if err != nil || modes && info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v (%v), want it kept", info.Mode(), err)
	}
}

func TestWriteFileNew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "aws")
	path := filepath.Join(dir, "config")
	if err := WriteFile(path, []byte(newText), nil); err != nil {
		t.Fatal(err)
	}
	wantText(t, path, newText)
	for name, want := range map[string]fs.FileMode{dir: 0o700 | fs.ModeDir, path: 0o600} {
		if info, err := os.Stat(name); err != nil || modes && info.Mode() != want {
			t.Errorf("%s has mode %v (%v), want %v", name, info.Mode(), err, want)
		}
	}
}

// TestWriteFileChanged holds that nobody else's edit is overwritten.
func TestWriteFileChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	if err := WriteFile(path, []byte(newText), []byte(oldText)); !errors.Is(err, ErrChanged) {
		t.Errorf("file gone: %v", err)
	}
	writeOld(t, path, 0o600)
	for name, old := range map[string][]byte{"file appeared": nil, "file edited": []byte(newText)} {
		if err := WriteFile(path, []byte("x"), old); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantText(t, path, oldText)
	wantOnly(t, filepath.Dir(path), "config")
}

// TestWriteFileLink holds that dotfiles kept elsewhere stay linked.
func TestWriteFileLink(t *testing.T) {
	home, dots := t.TempDir(), t.TempDir()
	target := filepath.Join(dots, "aws-config")
	middle := filepath.Join(dots, "middle")
	path := filepath.Join(home, "config")
	relative, err := filepath.Rel(home, middle)
	if err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{path: relative, middle: target} {
		if err := os.Symlink(to, name); err != nil {
			t.Fatal(err)
		}
	}
	// A link whose file is not there yet leads to where the file shall be.
	if err := WriteFile(path, []byte(oldText), nil); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, []byte(newText), []byte(oldText)); err != nil {
		t.Fatal(err)
	}
	wantText(t, target, newText)
	wantOnly(t, home, "config")
	wantOnly(t, dots, "aws-config", "middle")
	if link, err := os.Readlink(path); err != nil || link != relative {
		t.Errorf("the link is %q (%v)", link, err)
	}
	loop := filepath.Join(home, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(loop, []byte(newText), nil); err == nil {
		t.Error("a link to itself was written")
	}
}

func TestWriteFileRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	writeOld(t, path, 0o400)
	if err := WriteFile(path, []byte(newText), []byte(oldText)); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a read-only file: %v", err)
	}
	if err := WriteFile(dir, []byte(newText), nil); err == nil {
		t.Error("a folder was written")
	}
	wantText(t, path, oldText)
	wantOnly(t, dir, "config")
}

// TestWriteFileSweeps holds that what a killed process left behind goes with
// the next write, and that a write under way elsewhere is left alone.
func TestWriteFileSweeps(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	writeOld(t, path, 0o600)
	left := filepath.Join(dir, ".config"+tempMark+"LEFT")
	busy := filepath.Join(dir, ".config"+tempMark+"BUSY")
	for _, name := range []string{left, busy} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * staleAfter)
	if err := os.Chtimes(left, long, long); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, []byte(newText), []byte(oldText)); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, dir, filepath.Base(busy), "config")
}

// save writes the new text in place of what path holds, again and again when
// ATOMICFILE_TEST_LOOP is set, and tells by its exit code how it went.
//
// It stays on one thread: faults are injected by counting a thread's calls.
func save(path string) int {
	runtime.LockOSThread()
	for {
		old, err := Read(path)
		if err != nil {
			return 2
		}
		text := []byte(newText)
		if bytes.Equal(old, text) {
			text = []byte(oldText)
		}
		if os.Getenv("ATOMICFILE_TEST_REPLACE") != "" {
			err = Replace(path, text, 0o600)
		} else {
			err = WriteFile(path, text, old)
		}
		if err != nil {
			return 3
		}
		if os.Getenv("ATOMICFILE_TEST_LOOP") == "" {
			return 0
		}
	}
}

// TestReplace: whatever was there goes, also what a crash has left, and the new
// file has the mode asked for.
func TestReplace(t *testing.T) {
	for _, before := range []func(path string) error{
		func(string) error { return nil },
		func(path string) error { return os.WriteFile(path, []byte(oldText), 0o600) },
		func(path string) error { return os.Symlink("elsewhere", path) },
		func(path string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(path), ".file"+tempMark+"new"), []byte("half"), 0o600)
		},
	} {
		dir := filepath.Join(t.TempDir(), "new folder")
		path := filepath.Join(dir, "file")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := before(path); err != nil {
			t.Skip(err) // no links here
		}
		if err := Replace(path, []byte(newText), 0o644); err != nil {
			t.Fatal(err)
		}
		wantText(t, path, newText)
		wantOnly(t, dir, "file")
		if info, err := os.Lstat(path); err != nil || modes && info.Mode() != 0o644 {
			t.Errorf("got %v, %v", info.Mode(), err)
		}
	}
}

// TestReplaceFails: a file that cannot be put in place leaves nothing beside it.
func TestReplaceFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte(newText), 0o644); err == nil {
		t.Error("a folder was replaced")
	}
	wantOnly(t, dir, "file")
}

// TestUpdate: an edit is made anew on what another program wrote meanwhile, and given
// up when that never ends.
func TestUpdate(t *testing.T) {
	for _, test := range []struct {
		others int // how often another program writes meanwhile
		err    error
	}{{0, nil}, {1, nil}, {maxUpdates, ErrChanged}} {
		path, edits := filepath.Join(t.TempDir(), "file"), 0
		err := Update(path, func(old []byte) ([]byte, error) {
			if edits++; edits <= test.others {
				if err := os.WriteFile(path, append(bytes.Clone(old), "other\n"...), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			return append(bytes.Clone(old), "mine\n"...), nil
		})
		if !errors.Is(err, test.err) {
			t.Errorf("%d others: %v", test.others, err)
		}
		want := strings.Repeat("other\n", test.others)
		if test.err == nil {
			want += "mine\n"
		}
		wantText(t, path, want)
	}
}

// TestUpdateFails: an edit that fails leaves no file.
func TestUpdateFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := Update(path, func([]byte) ([]byte, error) { return nil, fs.ErrInvalid }); !errors.Is(err, fs.ErrInvalid) {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a file: %v", err)
	}
}
