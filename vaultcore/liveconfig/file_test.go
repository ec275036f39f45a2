package liveconfig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
)

// editedFile is a file in memory that a File follows, and a hand that writes to it.
type editedFile struct {
	*File
	events chan struct{}

	mu   sync.Mutex
	text string
	err  error
	mark mark
}

// newEditedFile follows a file in memory. It belongs into a synctest bubble.
func newEditedFile(t *testing.T, text string) *editedFile {
	d := &editedFile{text: text, events: make(chan struct{}, 1)}
	d.File = &File{path: "config"}
	d.look = func() mark {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.mark
	}
	d.File.read = func() ([]byte, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		return []byte(d.text), d.err
	}
	d.current.Store(&awsconfig.Config{File: "config", Path: "config"})
	d.Reload()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); d.follow(ctx, d.events) }()
	t.Cleanup(func() { cancel(); <-done })
	synctest.Wait()
	return d
}

// put saves a text, of which no event tells.
func (d *editedFile) put(text string) { d.save(text, nil) }

func (d *editedFile) save(text string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.text, d.err = text, err
	d.mark = mark{size: int64(len(text)), modified: time.Now().UnixNano()}
}

func (d *editedFile) write(text string, err error) {
	d.save(text, err)
	select {
	case d.events <- struct{}{}:
	default:
	}
	synctest.Wait()
}

func (d *editedFile) names() string {
	var names []string
	for _, p := range d.Current().Profiles.All() {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

// wait lets time pass and then says which profiles there are.
func (d *editedFile) wait(after time.Duration) string {
	time.Sleep(after)
	synctest.Wait()
	return d.names()
}

func (d *editedFile) want(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("after %v: profiles %q, want %q", time.Now().Format("05.000"), got, want)
	}
}

func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newEditedFile(t, "[profile a]\n")
		woken := d.Changed()
		first := d.Current().Generation
		d.write("[profile a]\n[profile b]\n", nil)
		d.want(t, d.wait(debounce-time.Millisecond), "a")
		d.want(t, d.wait(time.Millisecond), "a b")
		select {
		case <-woken:
		default:
			t.Error("nobody was woken")
		}
		if now := d.Current().Generation; now != first+1 {
			t.Errorf("generation %d after %d", now, first)
		}
		woken = d.Changed()
		d.write("[profile a]\n[profile b]\n", nil) // saved without a change
		d.wait(time.Minute)
		select {
		case <-woken:
			t.Error("woken though nothing changed")
		default:
		}
	})
}

// TestFollowTruncated writes as editors do that empty the file first, a hundred
// times with pauses of every length: there is no moment without profiles.
func TestFollowTruncated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newEditedFile(t, "[profile p0]\nregion = eu-west-1\n")
		for i := 1; i <= 100; i++ {
			text := fmt.Sprintf("[profile p%d]\nregion = eu-west-1\n", i)
			pause := time.Duration(i) * 20 * time.Millisecond // up to 2 s
			d.write("", nil)
			for _, part := range []string{text[:5], text[:len(text)-3], text} {
				for step := time.Duration(0); step < pause; step += 10 * time.Millisecond {
					if d.wait(10*time.Millisecond) == "" {
						t.Fatalf("round %d: no profiles %v after the file was emptied", i, step)
					}
				}
				d.write(part, nil)
			}
			d.want(t, d.wait(debounce), fmt.Sprintf("p%d", i))
		}
	})
}

// TestFollowEmptied holds that a file that stays empty, or is gone for good, is
// believed in the end.
func TestFollowEmptied(t *testing.T) {
	for _, text := range []string{"", "# nothing more\n", "[profile b]\nregion"} {
		synctest.Test(t, func(t *testing.T) {
			d := newEditedFile(t, "[profile a]\n")
			d.write(text, nil)
			d.want(t, d.wait(debounce+debounceLost-time.Millisecond), "a")
			want := ""
			if strings.Contains(text, "b") {
				want = "b"
			}
			d.want(t, d.wait(time.Millisecond), want)
		})
	}
}

// TestFollowUnreadable holds that the last good profiles are kept, with the
// reason, for as long as the file cannot be read.
func TestFollowUnreadable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newEditedFile(t, "[profile a]\n[stray]\n")
		denied := error(vaultcore.Faultf(vaultcore.ErrConfig, "config cannot be read: permission denied"))
		for _, err := range []error{denied, errors.New("another")} {
			d.write("", err)
			d.want(t, d.wait(time.Hour), "a")
			c := d.Current()
			if c.Err != err || len(c.Faults) != 2 || c.Faults[0] != err.Error() {
				t.Errorf("error %v, faults %q", c.Err, c.Faults)
			}
		}
		d.write("[profile a]\n[stray]\n", nil)
		d.want(t, d.wait(debounce), "a")
		if c := d.Current(); c.Err != nil || len(c.Faults) != 1 {
			t.Errorf("error %v, faults %q", c.Err, c.Faults)
		}
		d.write("\xff\xfe", nil)
		d.want(t, d.wait(debounce), "a")
		if c := d.Current(); !errors.Is(c.Err, vaultcore.ErrConfig) {
			t.Errorf("error %v", c.Err)
		}
	})
}

// TestFollowBusy holds that a file that is written without pause is read all
// the same.
func TestFollowBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newEditedFile(t, "[profile a]\n")
		for range 30 {
			d.write("[profile b]\n", nil)
			d.wait(debounce / 2)
		}
		d.want(t, d.names(), "b")
	})
}

// TestFollowIdle holds that a File at rest has no timer that runs.
func TestFollowIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newEditedFile(t, "[profile a]\n")
		reads := 0
		d.mu.Lock()
		read := d.read
		d.mu.Unlock()
		d.loading.Lock()
		d.File.read = func() ([]byte, error) { reads++; return read() }
		d.loading.Unlock()
		d.wait(24 * time.Hour)
		if reads != 0 {
			t.Errorf("read %d times in a day without a change", reads)
		}
	})
}

// watched is a File on a real file, followed until the test ends.
func watched(t *testing.T, path string) *File {
	t.Helper()
	r := Open(path)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Watch(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

// until waits for news until it has exactly the profile.
func until(t *testing.T, r *File, name string) {
	t.Helper()
	late := time.After(3 * time.Minute)
	for {
		changed := r.Changed()
		all := r.Current().Profiles.All()
		if len(all) == 1 && all[0].Name == name {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("profiles %+v, want %s", all, name)
		}
	}
}

func put(t *testing.T, path, name string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("[profile "+name+"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWatch edits a real file in the ways that editors have.
func TestWatch(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	dir := filepath.Join(home, "aws")
	path := filepath.Join(dir, "config")
	r := watched(t, path) // neither file nor folder is there yet

	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(dir, 0o700))
	put(t, path, "made")
	until(t, r, "made")

	put(t, path, "in-place")
	until(t, r, "in-place")

	put(t, path+".new", "renamed")
	must(os.Rename(path+".new", path))
	until(t, r, "renamed")

	must(os.Rename(path, path+"~"))
	put(t, path, "backed-up")
	until(t, r, "backed-up")
}

// TestWatchTruncate rewrites a real file a hundred times while somebody looks
// without pause: there are always profiles, and the last text arrives.
func TestWatchTruncate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	put(t, path, "p0")
	r := watched(t, path)
	stop := make(chan struct{})
	looked := make(chan int)
	go func() {
		empty := 0
		for {
			select {
			case <-stop:
				looked <- empty
				return
			default:
				if len(r.Current().Profiles.All()) == 0 {
					empty++
				}
			}
		}
	}()
	for i := 1; i <= 100; i++ {
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		put(t, path, fmt.Sprintf("p%d", i))
	}
	until(t, r, "p100")
	close(stop)
	if empty := <-looked; empty > 0 {
		t.Errorf("%d looks found no profiles", empty)
	}
}

// TestOpenUnreadable holds that the app can start whatever the file is.
func TestOpenUnreadable(t *testing.T) {
	r := Open(t.TempDir())
	if c := r.Current(); !errors.Is(c.Err, vaultcore.ErrConfig) || len(c.Faults) != 1 || c.Generation == 0 {
		t.Errorf("%+v", c)
	}
}
