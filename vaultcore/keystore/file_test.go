package keystore

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// made is a file keychain with two keys and a session, locked again.
func made(t testing.TB) (dir string, p *person) {
	t.Helper()
	return ownSample.copy(t, fill), &person{answers: []string{"pass"}}
}

var ownSample sample

// sample is a file keychain that one test makes and all copy, as each item of it costs
// two derivations of a key.
type sample struct {
	once  sync.Once
	files map[string][]byte
}

// copy makes a copy; fill has made the keychain by then.
func (s *sample) copy(t testing.TB, fill func(t testing.TB, dir string)) (dir string) {
	t.Helper()
	s.once.Do(func() { s.files = filled(t, fill) })
	dir = newDir(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range s.files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// filled is the text of each file of a keychain.
func filled(t testing.TB, fill func(t testing.TB, dir string)) map[string][]byte {
	t.Helper()
	dir := newDir(t)
	fill(t, dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]byte)
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// fill makes a file keychain with two keys and a session.
func fill(t testing.TB, dir string) {
	s := openDir(t, dir, &person{answers: []string{"pass"}})
	mustSet(t, s, "dev", key(1))
	mustSet(t, s, "prod", key(2))
	if err := s.SaveSession(context.Background(), "00112233", []byte("token")); err != nil {
		t.Fatal(err)
	}
}

// TestFileAsksOnlyWhenNeeded: listing, removing and looking into an empty
// keychain ask for nothing; the passphrase is asked once until Lock.
func TestFileAsksOnlyWhenNeeded(t *testing.T) {
	ctx := context.Background()
	dir, p := newDir(t), &person{answers: []string{"pass"}}
	s := openDir(t, dir, p)
	wantNames(t, s)
	if got, err := s.Sessions(ctx); err != nil || len(got) != 0 {
		t.Errorf("Sessions = %v, %v", got, err)
	}
	_, err := s.Key(ctx, "prod")
	wantErr(t, err, vaultcore.ErrNoCredentials)
	if err := s.Unlock(ctx); err != nil || s.Locked() {
		t.Errorf("a keychain that is not there: %v, locked %v", err, s.Locked())
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Error("reading made the folder")
	}
	p.wasAsked(t)

	mustSet(t, s, "prod", key(1))
	mustSet(t, s, "dev", key(2))
	p.wasAsked(t, "new")
	s.Lock()
	if !s.Locked() {
		t.Error("not locked after Lock")
	}
	wantNames(t, s, "dev", "prod")
	_, err = s.Key(ctx, "absent")
	wantErr(t, err, vaultcore.ErrNoCredentials)
	if err := s.RemoveKey(ctx, "dev"); err != nil {
		t.Error(err)
	}
	wantMessage(t, "", s.SaveSession(ctx, "00112233", []byte("token")), vaultcore.ErrLocked, dir, "DIR")
	if ids, err := s.SessionIDs(ctx); err != nil || len(ids) != 0 || !s.Asks() {
		t.Errorf("saved sessions: %v, %v; asks: %v", ids, err, s.Asks())
	}
	p.wasAsked(t)
	wantKey(t, s, "prod", key(1))
	wantKey(t, s, "prod", key(1))
	p.wasAsked(t, "known")
	if err := s.SaveSession(ctx, "00112233", []byte("token")); err != nil || s.Asks() {
		t.Errorf("saving in an open keychain: %v; asks: %v", err, s.Asks())
	}
	if ids, err := s.SessionIDs(ctx); err != nil || !slices.Equal(ids, []string{"00112233"}) {
		t.Errorf("saved sessions: %v, %v", ids, err)
	}
	if s.Locked() {
		t.Error("locked after Key")
	}
}

// TestFileFormat looks at what is on the disk: modes, names, and that no key is
// there in clear.
func TestFileFormat(t *testing.T) {
	dir := newDir(t)
	fill(t, dir)
	want := map[string]bool{"keychain.json": true, ".lock": true, "vaultbar.key.dev": true, "vaultbar.key.prod": true, "vaultbar.session.00112233": true}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !want[e.Name()] {
			t.Errorf("unexpected file %s", e.Name())
		}
		delete(want, e.Name())
		info, _ := e.Info()
		if atomicfile.Exposed(info) != "" {
			t.Errorf("%s: %s (%v)", e.Name(), atomicfile.Exposed(info), info.Mode())
		}
		text, _ := os.ReadFile(filepath.Join(dir, e.Name()))
		for _, secret := range []string{"AKIATEST", "secret-of-test", "token"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s holds %q in clear", e.Name(), secret)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

// TestUsualCost: a guess costs 64 MiB of Argon2id at least.
func TestUsualCost(t *testing.T) {
	if c := (Options{}).filled().cost; c.Memory < 64<<10 || c.Time < 3 {
		t.Errorf("usual cost %+v", c)
	}
	dir := newDir(t)
	s, err := Open(context.Background(), Options{Backend: "file", Dir: dir, Passphrase: (&person{answers: []string{"pass"}}).passphrase})
	if err != nil {
		t.Fatal(err)
	}
	mustSet(t, s, "prod", key(1))
	text, err := os.ReadFile(filepath.Join(dir, headerFile))
	if err != nil {
		t.Fatal(err)
	}
	h, err := readHeader(text)
	if err != nil || h.cost != usualCost || len(h.Salt) < 16 {
		t.Errorf("header %+v, %v", h, err)
	}
	raw, err := library(keyring.FileBackend, keyring.Config{FileDir: dir, FilePasswordFunc: keyring.FixedStringPrompt("pass")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Get("vaultbar.key.prod"); err == nil {
		t.Error("the item opens with the passphrase itself: it is not stretched")
	}
}

// TestFileWrongPassphrase: it is recognized before anything is read or written.
func TestFileWrongPassphrase(t *testing.T) {
	ctx := context.Background()
	dir, _ := made(t)
	before := contents(t, dir)

	p := &person{answers: []string{"wrong"}}
	s := openDir(t, dir, p)
	err := s.SetKey(ctx, "prod", key(9))
	wantMessage(t, "", err, vaultcore.ErrLocked, dir, "DIR")
	p.wasAsked(t, "known", "known "+wrongPassphrase, "known "+wrongPassphrase)
	if after := contents(t, dir); after != before {
		t.Error("a wrong passphrase changed the folder")
	}
	p.answers = []string{"wrong", "", "pass"}
	mustSet(t, s, "prod", key(9))
	p.wasAsked(t, "known", "known "+wrongPassphrase, "known "+wrongPassphrase)
	again := openDir(t, dir, &person{answers: []string{"pass"}})
	wantKey(t, again, "prod", key(9))
	wantKey(t, again, "dev", key(1))
}

// contents is everything in a folder, to compare.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		b.WriteString(path + "\n" + string(text) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFileNewPassphraseEmpty(t *testing.T) {
	p := &person{answers: []string{""}}
	dir := newDir(t)
	err := openDir(t, dir, p).SetKey(context.Background(), "prod", key(1))
	wantMessage(t, "", err, vaultcore.ErrLocked, dir, "DIR")
	p.wasAsked(t, "new", "new The passphrase must not be empty.")
	if _, err := os.Lstat(dir); err == nil {
		t.Error("a folder was made")
	}
}

func TestFileCanceled(t *testing.T) {
	dir, _ := made(t)
	p := &person{err: vaultcore.Faultf(vaultcore.ErrCanceled, "canceled")}
	_, err := openDir(t, dir, p).Key(context.Background(), "prod")
	wantErr(t, err, vaultcore.ErrCanceled)
	p.wasAsked(t, "known")
}

// TestFileOneQuestion: ten callers of a locked keychain are one question; the
// names can be had while it is open, and who waits can leave.
func TestFileOneQuestion(t *testing.T) {
	dir, _ := made(t)
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan vaultcore.Secret)
		asked := 0
		s, err := Open(t.Context(), Options{Backend: "file", Dir: dir, Passphrase: func(ctx context.Context, _ bool, _ string) (vaultcore.Secret, error) {
			asked++
			select {
			case a := <-answer:
				return a, nil
			case <-ctx.Done():
				return vaultcore.Secret{}, context.Cause(ctx)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() { wantKey(t, s, "prod", key(2)) })
		}
		synctest.Wait()
		wantNames(t, s, "dev", "prod")
		ctx, leave := context.WithTimeout(t.Context(), time.Minute)
		defer leave()
		if _, err := s.Key(ctx, "dev"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a caller that left: %v", err)
		}
		answer <- vaultcore.NewSecret("pass")
		callers.Wait()
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// TestFolderRefused: a folder that others can reach is not used, and says why.
func TestFolderRefused(t *testing.T) {
	cases := map[string]func(*testing.T, string) string{
		"it is a symbolic link": func(t *testing.T, dir string) string {
			link := dir + "-link"
			if err := os.Symlink(dir, link); err != nil {
				t.Fatal(err)
			}
			return link
		},
		"it is not a folder": func(t *testing.T, dir string) string {
			file := dir + "-file"
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		},
	}
	maps.Copy(cases, reachable())
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			dir, _ := made(t)
			p := &person{answers: []string{"pass"}}
			at := spoil(t, dir)
			s := openDir(t, at, p)
			ctx := context.Background()
			_, err := s.Names(ctx)
			shown := []string{"folder " + at + " ", "folder DIR ", "chmod 700 " + at, "chmod 700 DIR"}
			wantMessage(t, "list", err, vaultcore.ErrTampered, shown...)
			_, err = s.Key(ctx, "prod")
			wantMessage(t, "read", err, vaultcore.ErrTampered, shown...)
			wantMessage(t, "set", s.SetKey(ctx, "prod", key(3)), vaultcore.ErrTampered, shown...)
			wantMessage(t, "remove", s.RemoveKey(ctx, "prod"), vaultcore.ErrTampered, shown...)
			p.wasAsked(t)
		})
	}
}

// TestFileHarm harms one item in every way; it is refused by name, the other
// goes on, and it can be replaced and removed.
func TestFileHarm(t *testing.T) {
	for name, harm := range map[string]func(dir, item string) error{
		"swapped": func(dir, item string) error {
			text, err := os.ReadFile(filepath.Join(dir, "vaultbar.key.dev"))
			return errors.Join(err, os.WriteFile(item, text, 0o600))
		},
		"symlink": func(dir, item string) error {
			return errors.Join(os.Rename(item, dir+"/elsewhere"), os.Symlink(dir+"/elsewhere", item))
		},
		"pipe":  func(_, item string) error { return errors.Join(os.Remove(item), mkfifo(item)) },
		"empty": func(_, item string) error { return os.Truncate(item, 0) },
		"cut":   func(_, item string) error { return os.Truncate(item, 100) },
		"huge":  func(_, item string) error { return os.Truncate(item, 1<<30) },
		"bit": func(_, item string) error {
			text, err := os.ReadFile(item)
			at := strings.LastIndexByte(string(text), '.') - 20
			text[at] = map[bool]byte{true: 'A', false: 'B'}[text[at] != 'A'] // of base64 still
			return errors.Join(err, os.WriteFile(item, text, 0o600))
		},
		"foreign": func(_, item string) error {
			return errors.Join(os.Remove(item), foreignItem(filepath.Dir(item), "other passphrase"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, p := made(t)
			item := filepath.Join(dir, "vaultbar.key.prod")
			if err := harm(dir, item); err != nil {
				t.Fatal(err)
			}
			ctx := context.Background()
			s := openDir(t, dir, p)
			_, err := s.Key(ctx, "prod")
			wantMessage(t, "", err, vaultcore.ErrTampered, dir, "DIR")
			wantKey(t, s, "dev", key(1))
			wantNames(t, s, "dev", "prod")
			mustSet(t, s, "prod", key(7))
			wantKey(t, s, "prod", key(7))
			if err := s.RemoveKey(ctx, "prod"); err != nil {
				t.Error(err)
			}
			wantNames(t, s, "dev")
		})
	}
}

// foreignItem writes prod's item with the bare library and another passphrase.
func foreignItem(dir, passphrase string) error {
	raw, err := library(keyring.FileBackend, keyring.Config{FileDir: dir, FilePasswordFunc: keyring.FixedStringPrompt(passphrase)})
	if err != nil {
		return err
	}
	return raw.Set(keyring.Item{Key: "vaultbar.key.prod", Data: []byte("x")})
}

// TestSymlinkNotWrittenThrough: the library alone writes through a link.
func TestSymlinkNotWrittenThrough(t *testing.T) {
	dir, p := made(t)
	victim := filepath.Join(t.TempDir(), "victim")
	for _, name := range []string{"vaultbar.key.prod", ".w"} {
		if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = os.RemoveAll(filepath.Join(dir, name))
		if err := os.Symlink(victim, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		mustSet(t, openDir(t, dir, p), "prod", key(3))
		if text, _ := os.ReadFile(victim); string(text) != "precious" {
			t.Errorf("%s: the file that the link points to was changed", name)
		}
	}
}

// TestStrayFiles: what is not an item is not listed, and no trouble.
func TestStrayFiles(t *testing.T) {
	dir, p := made(t)
	for _, name := range []string{"README", "vaultbar.key.Prod", "vaultbar.key.prod~", "vaultbar.key.prod.tmp", "vaultbar.key.", ".vaultbar.key.x.swp", "vaultbar.session.zz", "%", "vaultbar.key.%41"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "vaultbar.key.folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := openDir(t, dir, p)
	wantNames(t, s, "dev", "prod")
	if got, err := s.Sessions(context.Background()); err != nil || len(got) != 1 {
		t.Errorf("Sessions = %v, %v", got, err)
	}
}

// TestLeftoversSwept: what a crash left is gone at the next start.
func TestLeftoversSwept(t *testing.T) {
	dir, p := made(t)
	if err := os.MkdirAll(filepath.Join(dir, ".w", "deeper"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".w", "vaultbar.key.half"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantNames(t, openDir(t, dir, p), "dev", "prod")
	if _, err := os.Lstat(filepath.Join(dir, ".w")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the leftovers are still there")
	}
}

// TestHeaderHarm: a header that is missing or hostile stops before the person
// is asked, and costs nothing.
func TestHeaderHarm(t *testing.T) {
	good := func(t *testing.T, dir string) map[string]any {
		text, err := os.ReadFile(filepath.Join(dir, headerFile))
		if err != nil {
			t.Fatal(err)
		}
		var h map[string]any
		if err := json.Unmarshal(text, &h); err != nil {
			t.Fatal(err)
		}
		return h
	}
	for name, tt := range map[string]struct {
		field string
		value any
	}{
		"memory of 100 GB": {"memory_kib", 100 << 20},
		"no memory":        {"memory_kib", 0},
		"endless time":     {"time", 1 << 30},
		"no time":          {"time", 0},
		"no threads":       {"threads", 0},
		"negative":         {"time", -1},
		"other kdf":        {"kdf", "md5"},
		"short salt":       {"salt", "AAAA"},
		"no check":         {"check", ""},
		"no version":       {"version", 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := made(t)
			h := good(t, dir)
			h[tt.field] = tt.value
			text, _ := json.Marshal(h)
			if err := os.WriteFile(filepath.Join(dir, headerFile), text, 0o600); err != nil {
				t.Fatal(err)
			}
			refusedHeader(t, dir, vaultcore.ErrTampered)
		})
	}
	t.Run("newer", func(t *testing.T) {
		dir, _ := made(t)
		h := good(t, dir)
		h["version"] = 2
		text, _ := json.Marshal(h)
		if err := os.WriteFile(filepath.Join(dir, headerFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		refusedHeader(t, dir, vaultcore.ErrVersion)
	})
	t.Run("missing", func(t *testing.T) {
		dir, _ := made(t)
		if err := os.Remove(filepath.Join(dir, headerFile)); err != nil {
			t.Fatal(err)
		}
		refusedHeader(t, dir, vaultcore.ErrTampered)
	})
	t.Run("symlink", func(t *testing.T) {
		dir, _ := made(t)
		path := filepath.Join(dir, headerFile)
		if err := errors.Join(os.Rename(path, path+".old"), os.Symlink(path+".old", path)); err != nil {
			t.Fatal(err)
		}
		refusedHeader(t, dir, vaultcore.ErrTampered)
	})
}

func refusedHeader(t *testing.T, dir string, kind error) {
	t.Helper()
	before := contents(t, dir)
	p := &person{answers: []string{"pass"}}
	s := openDir(t, dir, p)
	_, err := s.Key(context.Background(), "prod")
	file := filepath.Join(dir, headerFile)
	wantMessage(t, "", err, kind, file, "DIR/"+headerFile)
	wantMessage(t, "", s.SetKey(context.Background(), "new", key(5)), kind, file, "DIR/"+headerFile)
	p.wasAsked(t)
	if contents(t, dir) != before {
		t.Error("the folder was changed")
	}
}

// TestFolderReplaced: a folder that went away, or another put in its place,
// is not written with the passphrase of the old one.
func TestFolderReplaced(t *testing.T) {
	ctx := context.Background()
	dir, p := made(t)
	s := openDir(t, dir, p)
	wantKey(t, s, "prod", key(2))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	wantMessage(t, "", s.SetKey(ctx, "prod", key(3)), vaultcore.ErrLocked, dir, "DIR")
	wantNames(t, s)
	p.asked, p.answers = nil, []string{"another"}
	mustSet(t, s, "prod", key(3))
	p.wasAsked(t, "new")
	wantKey(t, openDir(t, dir, &person{answers: []string{"another"}}), "prod", key(3))
}

// TestTwoPrograms: two stores over one folder make one keychain.
func TestTwoPrograms(t *testing.T) {
	dir := newDir(t)
	stores := []*Store{openDir(t, dir, &person{answers: []string{"pass"}}), openDir(t, dir, &person{answers: []string{"pass"}})}
	var writers sync.WaitGroup
	for i := range 20 {
		writers.Go(func() {
			name := string(rune('a' + i))
			err := stores[i%2].SetKey(context.Background(), name, key(i))
			if errors.Is(err, vaultcore.ErrBusy) { // the other made the keychain in this moment
				err = stores[i%2].SetKey(context.Background(), name, key(i))
			}
			if err != nil {
				t.Errorf("SetKey(%s): %v", name, err)
			}
		})
	}
	writers.Wait()
	for i := range 20 {
		wantKey(t, stores[1-i%2], string(rune('a'+i)), key(i))
	}
}
