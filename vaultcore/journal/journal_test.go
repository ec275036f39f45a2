package journal

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func open(t *testing.T, path string) *Journal {
	t.Helper()
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func saved(session, root string, mark int64) Saved {
	return Saved{Session: session, Root: root, Profile: "p-" + session, Mark: mark}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestWhatHasEnded: what each note ends, what comes after it, and that a restart
// changes nothing.
func TestWhatHasEnded(t *testing.T) {
	for name, test := range map[string]struct {
		note func(*Journal) error
		want []string // of the sessions below, those that have ended
	}{
		"nothing":  {func(*Journal) error { return nil }, nil},
		"one":      {func(j *Journal) error { return j.EndProfile("nosuch", "aa") }, []string{"aa"}},
		"of one":   {func(j *Journal) error { return j.EndProfile("p-bb") }, []string{"bb"}},
		"of a key": {func(j *Journal) error { return j.EndRoot("base") }, []string{"aa", "bb"}},
		"all":      {func(j *Journal) error { return j.EndAll() }, []string{"aa", "bb", "cc"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s", "journal.json")
			j := open(t, path)
			before := j.Mark()
			check(t, test.note(j))
			for range 2 {
				for session, root := range map[string]string{"aa": "base", "bb": "base", "cc": "other"} {
					if got := j.Ended(saved(session, root, before)); got != slices.Contains(test.want, session) {
						t.Errorf("%s ended: %t", session, got)
					}
					if j.Ended(saved(session, root, j.Mark())) {
						t.Errorf("%s, made anew, has ended", session)
					}
				}
				j = open(t, path)
			}
		})
	}
}

// TestGone: what the keychain has no more is struck out, and nothing that was
// noted after it was looked at.
func TestGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.json")
	j := open(t, path)
	old := j.Mark()
	check(t, j.EndProfile("p", "aa"))
	check(t, j.EndRoot("base"))
	looked := j.Mark()
	check(t, j.EndProfile("p", "bb"))
	check(t, j.Gone(looked))
	j = open(t, path)
	if j.Ended(saved("aa", "base", old)) || !j.Ended(saved("bb", "x", old)) {
		t.Errorf("%+v", j.page)
	}
	check(t, j.GoneSession("bb"))
	check(t, j.GoneSession("nosuch"))
	if j = open(t, path); len(j.page.Sessions)+len(j.page.Roots) != 0 {
		t.Errorf("left: %+v", j.page)
	}
}

func TestKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.json")
	j := open(t, path)
	for _, name := range []string{"prod", "prod", "dev"} {
		check(t, j.RemoveKey(name))
	}
	j = open(t, path)
	if !j.Removed("prod") || j.Removed("other") || len(j.RemovedKeys()) != 2 {
		t.Errorf("%v", j.RemovedKeys())
	}
	check(t, j.ForgetKey("prod"))
	check(t, j.ForgetKey("prod"))
	if j = open(t, path); j.Removed("prod") || !j.Removed("dev") {
		t.Errorf("%v", j.RemovedKeys())
	}
}

// A file that cannot be read ends what was saved, and serves again; one that is
// lost does not let an old mark pass a later end.
func TestBrokenAndLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.json")
	j := open(t, path)
	check(t, j.EndProfile("p", "aa"))
	early := j.Mark()
	check(t, os.WriteFile(path, []byte(`{"mark":`), 0o600))
	j, err := Open(path)
	if err == nil || !j.Ended(saved("zz", "base", early)) || j.Ended(saved("zz", "base", j.Mark())) {
		t.Errorf("broken: %v, %+v", err, j.page)
	}
	check(t, os.Remove(path))
	j = open(t, path)
	check(t, j.EndAll())
	if !j.Ended(saved("zz", "base", early)) {
		t.Error("lost: a session of before is served after all were ended")
	}
	info, err := os.Stat(path)
	check(t, err)
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 { // there a file has no mode
		t.Errorf("mode %s", info.Mode())
	}
}

// What cannot be written down holds until the end all the same.
func TestUnwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.json")
	j := open(t, path)
	check(t, os.Mkdir(path, 0o700))
	if err := j.EndAll(); err == nil || !j.Ended(saved("aa", "base", 0)) {
		t.Errorf("%v, %+v", err, j.page)
	}
	if err := j.RemoveKey("prod"); err == nil || !j.Removed("prod") {
		t.Errorf("%v, %v", err, j.RemovedKeys())
	}
}
