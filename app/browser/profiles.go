package browser

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/app/internal/program"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// The failures of kept browser profiles.
var (
	ErrNoProfile = errors.New("no such browser profile")
	ErrOpen      = errors.New("the browser profile is open")
	ErrFolder    = errors.New("the browser profile cannot be used")
)

const (
	label     = "vaultbar-profile" // the file that holds a profile's name, and says that the folder is ours
	discarded = ".forgotten-"      // how the name of a folder begins while it is removed
)

// Profile is a browser profile that is kept.
type Profile struct {
	Name    string    // as it was asked for
	Browser string    // the browser's name
	Path    string    // its folder
	Used    time.Time // when it was last opened
	Open    bool      // whether a browser has it open
}

// profileFolder is a folder with the kept profiles of one browser.
type profileFolder struct {
	family  *family
	sandbox sandbox
	dir     string
}

// folderFor is where a browser's profiles are kept: below our folder, or for a browser
// in a sandbox, where it can see them.
func (l *Launcher) folderFor(f *family, in sandbox) profileFolder {
	home := program.Getenv(l.Environ, "HOME")
	switch in {
	case flatpak:
		return profileFolder{f, in, filepath.Join(home, ".var", "app", f.flatpak, "data", "vaultbar-browsers")}
	case snap:
		return profileFolder{f, in, filepath.Join(home, "snap", f.snap, "common", "vaultbar-browsers")}
	default:
		return profileFolder{f, in, filepath.Join(l.Folder, f.name)}
	}
}

// profileFolders are all the places where profiles may be kept.
func (l *Launcher) profileFolders() []profileFolder {
	var all []profileFolder
	sandboxed := filepath.IsAbs(program.Getenv(l.Environ, "HOME"))
	for _, f := range families() {
		all = append(all, l.folderFor(f, noSandbox))
		if sandboxed && f.flatpak != "" {
			all = append(all, l.folderFor(f, flatpak))
		}
		if sandboxed && f.snap != "" {
			all = append(all, l.folderFor(f, snap))
		}
	}
	return all
}

// keep makes a profile's folder and returns its path. A link in its place is
// refused: it would lead the browser into somebody else's folder.
func (s profileFolder) keep(name string) (string, error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return "", err
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return "", err
	}
	defer func() { _ = root.Close() }()
	folder := folderName(name)
	if err := root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	if stat, err := root.Lstat(folder); err != nil {
		return "", err
	} else if !stat.IsDir() {
		return "", fmt.Errorf("%s is not a folder", filepath.Join(s.dir, folder))
	}
	if err := atomicfile.ReplaceIn(root, filepath.Join(folder, label), []byte(name), 0o600); err != nil {
		return "", err
	}
	return filepath.Join(s.dir, folder), nil
}

// Profiles returns the browser profiles that are kept, by browser and name.
func (l *Launcher) Profiles() []Profile {
	var kept []Profile
	for _, s := range l.profileFolders() {
		entries, err := os.ReadDir(s.dir)
		if err != nil {
			continue // none was ever kept here
		}
		for _, entry := range entries {
			if p, ok := s.profile(entry); ok {
				kept = append(kept, p)
			}
		}
	}
	return kept
}

// profile reads an entry of the folder; not ok for what is not ours.
func (s profileFolder) profile(entry fs.DirEntry) (Profile, bool) {
	dir := filepath.Join(s.dir, entry.Name())
	name, err := os.ReadFile(filepath.Join(dir, label))
	if err != nil || !entry.IsDir() || folderName(string(name)) != entry.Name() {
		return Profile{}, false
	}
	p := Profile{Name: string(name), Browser: s.family.name, Path: dir, Open: s.open(dir)}
	if stat, err := os.Stat(filepath.Join(dir, label)); err == nil {
		p.Used = stat.ModTime()
	}
	return p, true
}

// open says whether a browser has the folder open. Of one that is locked up, the
// process cannot be asked for: its lock counts, alive or left behind.
func (s profileFolder) open(dir string) bool {
	return inUse(s.family.kind, dir, s.sandbox != noSandbox)
}

// RemoveProfile removes the browser profiles that are kept under a name, with all that
// the browsers have stored there. It removes none while one of them is open. It
// may return: ErrNoProfile, ErrOpen, ErrFolder.
func (l *Launcher) RemoveProfile(ctx context.Context, name string) error {
	l.clearOut()
	var doomed []Profile
	for _, p := range l.Profiles() {
		if p.Name != name {
			continue
		}
		if p.Open {
			return vaultcore.Faultf(ErrOpen, "the %s window of %q is open", p.Browser, vaultcore.Printable(name)).
				WithHint("close the window, then try again")
		}
		doomed = append(doomed, p)
	}
	if len(doomed) == 0 {
		return vaultcore.Faultf(ErrNoProfile, "there is no browser profile for %q", vaultcore.Printable(name)).
			WithHint("`vaultbar browsers` lists them")
	}
	for _, p := range doomed {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := discard(p.Path); err != nil {
			return unusable(name, err)
		}
	}
	return nil
}

// discard takes a folder out of the way before it removes it, so that a browser
// that is started meanwhile does not get half of it.
func discard(dir string) error {
	root, err := os.OpenRoot(filepath.Dir(dir))
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	gone := discarded + filepath.Base(dir)
	if err := root.RemoveAll(gone); err != nil {
		return err
	}
	if err := root.Rename(filepath.Base(dir), gone); err != nil {
		return err
	}
	return root.RemoveAll(gone)
}

// clearOut removes what an interrupted removal has left.
func (l *Launcher) clearOut() {
	for _, s := range l.profileFolders() {
		entries, err := os.ReadDir(s.dir)
		if err != nil {
			continue // none was ever kept here
		}
		for _, entry := range entries {
			if strings.HasPrefix(entry.Name(), discarded) {
				_ = os.RemoveAll(filepath.Join(s.dir, entry.Name())) // the next removal tries again
			}
		}
	}
}

func unusable(name string, err error) error {
	return &vaultcore.Fault{
		Kind: ErrFolder, Cause: err,
		Message: fmt.Sprintf("the browser profile of %q cannot be used: %v", vaultcore.Printable(name), err),
		Hint:    "check the permissions and the free space of that folder",
	}
}
