package liveconfig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
)

// edits are the ways in which programs save a file.
var edits = map[string]func(path, text string) error{
	"in place": func(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) },
	"renamed": func(path, text string) error {
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			return err
		}
		return os.Rename(path+".new", path)
	},
	"moved away first": func(path, text string) error {
		if err := os.Rename(path, path+"~"); err != nil {
			return err
		}
		return os.WriteFile(path, []byte(text), 0o600)
	},
	"line by line": func(path, text string) error {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		defer f.Close()
		for line := range strings.Lines(text) {
			if _, err := f.WriteString(line); err != nil {
				return err
			}
		}
		return nil
	},
}

// versionText has a version in it, always at the same length.
func versionText(n int64) string {
	return fmt.Sprintf("[profile a]\nregion = eu-west-1\n[profile r]\nrole_session_name = v%06d\n", n)
}

func version(t *testing.T, c awsconfig.Config) int64 {
	t.Helper()
	p, ok := c.Profiles.Get("r")
	n, err := strconv.ParseInt(strings.TrimPrefix(p.RoleSessionName, "v"), 10, 64)
	if !ok || err != nil {
		t.Fatalf("profile r is %+v", p)
	}
	return n
}

// TestLatest edits the file a hundred times in each way, with nobody watching:
// whoever asks after the edit gets what it says.
func TestLatest(t *testing.T) {
	for name, save := range edits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "config")
			put(t, path, "old")
			r := Open(path)
			for n := range int64(100) {
				if err := save(path, versionText(n)); err != nil {
					t.Fatal(err)
				}
				if got := version(t, r.Latest(t.Context(), "r")); got != n {
					t.Fatalf("version %d after the edit to %d", got, n)
				}
			}
		})
	}
}

// TestLatestAppended uses a profile as soon as it is there.
func TestLatestAppended(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	put(t, path, "p0")
	r := watched(t, path)
	for n := 1; n <= 20; n++ {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("p%d", n)
		_, err = fmt.Fprintf(f, "[profile %s]\n", name)
		if closed := f.Close(); err != nil || closed != nil {
			t.Fatal(err, closed)
		}
		if _, ok := r.Latest(t.Context(), name).Profiles.Get(name); !ok {
			t.Fatalf("no profile %s", name)
		}
	}
}

// TestLatestConstantWriter asks while somebody saves the file every 25 ms, which is left
// alone for a moment between: nothing is older than what was there when the request began.
func TestLatestConstantWriter(t *testing.T) {
	for name, save := range edits {
		if name == "line by line" {
			continue // a writer that is held up between two lines looks like one that is done
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "config")
			put(t, path, "old")
			if err := save(path, versionText(0)); err != nil {
				t.Fatal(err)
			}
			r := watched(t, path)
			var written atomic.Int64
			stop, stopped := make(chan struct{}), make(chan error, 1)
			go func() {
				tick := time.NewTicker(quietTime + 5*time.Millisecond)
				defer tick.Stop()
				for n := int64(1); ; n++ {
					select {
					case <-stop:
						stopped <- nil
						return
					case <-tick.C:
					}
					if err := save(path, versionText(n)); err != nil {
						stopped <- err
						return
					}
					written.Store(n)
				}
			}()
			for written.Load() < 40 {
				least := written.Load()
				if got := version(t, r.Latest(t.Context(), "r")); got < least {
					t.Fatalf("version %d, and %d was there when it was asked for", got, least)
				}
			}
			close(stop)
			if err := <-stopped; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLatestRacy rewrites the file so that its mark stays the same: at a time as
// young as the reading the mark is not trusted.
func TestLatestRacy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newEditedFile(t, versionText(1))
		d.put(versionText(2))
		d.wait(quietTime)
		if got := version(t, d.Latest(t.Context(), "r")); got != 2 {
			t.Fatalf("version %d", got)
		}
		d.mu.Lock()
		d.text = versionText(3)
		d.mu.Unlock()
		if got := version(t, d.Latest(t.Context(), "r")); got != 3 {
			t.Errorf("version %d after a write that the mark does not show", got)
		}
	})
}

// TestLatestAtRest holds that a file that has been left alone is looked at and not
// read.
func TestLatestAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newEditedFile(t, versionText(1))
		d.wait(time.Minute)
		d.Latest(t.Context(), "r")
		d.loading.Lock()
		read, reads := d.read, 0
		d.File.read = func() ([]byte, error) { reads++; return read() }
		d.loading.Unlock()
		for range 100 {
			d.Latest(t.Context(), "r")
			d.Latest(t.Context(), "")
			d.Latest(t.Context(), "missing")
		}
		if reads != 0 {
			t.Errorf("read %d times", reads)
		}
	})
}

// TestLatestHalfWritten empties the file: who asks for a profile that was there gets
// it after a moment; who asks for another waits for it, until it is there, the
// emptiness is believed, or nobody waits any more.
func TestLatestHalfWritten(t *testing.T) {
	ask := func(d *editedFile, ctx context.Context, profile string) (found bool, after time.Duration) {
		start := time.Now()
		_, found = d.Latest(ctx, profile).Profiles.Get(profile)
		return found, time.Since(start)
	}
	t.Run("known", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newEditedFile(t, versionText(1))
			d.wait(time.Minute)
			d.put("")
			if found, after := ask(d, t.Context(), "r"); !found || after > debounce+poll {
				t.Errorf("found %t after %s", found, after)
			}
		})
	})
	t.Run("missing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newEditedFile(t, versionText(1))
			d.wait(time.Minute)
			d.put("")
			go func() {
				time.Sleep(time.Second)
				d.put("[profile new]\n")
			}()
			if found, after := ask(d, t.Context(), "new"); !found || after > time.Second+quietTime+poll {
				t.Errorf("found %t after %s", found, after)
			}
		})
	})
	t.Run("gone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newEditedFile(t, versionText(1))
			d.wait(time.Minute)
			d.put("")
			if found, after := ask(d, t.Context(), "new"); found || after > debounce+debounceLost+poll {
				t.Errorf("found %t after %s", found, after)
			}
			if found, _ := ask(d, t.Context(), "r"); found {
				t.Error("what is gone for good is still there")
			}
		})
	})
	t.Run("left", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newEditedFile(t, versionText(1))
			d.wait(time.Minute)
			d.put("")
			ctx, leave := context.WithTimeout(t.Context(), time.Second)
			defer leave()
			if found, after := ask(d, ctx, "new"); found || after != time.Second {
				t.Errorf("found %t after %s", found, after)
			}
		})
	})
	t.Run("whole", func(t *testing.T) { // it lacks the profile, and was written just now
		synctest.Test(t, func(t *testing.T) {
			d := newEditedFile(t, versionText(1))
			d.wait(time.Minute)
			d.put(versionText(2))
			go func() {
				time.Sleep(debounce / 2)
				d.put(versionText(2) + "[profile new]\n")
			}()
			if found, _ := ask(d, t.Context(), "new"); !found {
				t.Error("not waited for")
			}
			d.wait(time.Minute)
			if found, after := ask(d, t.Context(), "other"); found || after != 0 {
				t.Errorf("found %t after %s in a file that was left alone", found, after)
			}
		})
	})
}

func BenchmarkLatest(b *testing.B) {
	path := filepath.Join(b.TempDir(), "config")
	if err := os.WriteFile(path, []byte(versionText(1)), 0o600); err != nil {
		b.Fatal(err)
	}
	r := Open(path)
	r.look = func() mark { // as in an hour
		m := markOf(path)
		m.modified, m.changed = m.modified-int64(time.Hour), m.changed-int64(time.Hour)
		return m
	}
	r.Reload()
	for b.Loop() {
		r.Latest(b.Context(), "r")
	}
}
