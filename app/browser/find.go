package browser

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// ErrNone is the failure when no browser can be used.
var ErrNone = errors.New("no browser")

// Launcher opens addresses in browsers.
type Launcher struct {
	// Folder is where the kept browser profiles are: a folder of ours alone, such
	// as "browsers" below Vaultbar's data folder. It is made when it is needed.
	Folder string
	// Environ is the person's environment. Only what a browser needs of it is
	// handed on.
	Environ []string
	// Programs are the folders in which browsers are looked for on Linux. None
	// means the system's.
	Programs []string
}

// Find returns the browsers that are installed and may be started.
func (l *Launcher) Find(ctx context.Context) []Browser {
	var found []Browser
	for _, f := range families() {
		if b, err := l.locate(f); err == nil {
			found = append(found, b)
		}
	}
	standard := l.standard(ctx, found)
	for i := range found {
		found[i].Default = found[i].Name == standard
	}
	return found
}

// choose finds the browser that a request is for: the one it names, else the one
// that the BROWSER variable names, else the default, else any that can do what is
// asked. No browser and no error means that the system shall choose. It may
// return: ErrNone, ErrRequest.
func (l *Launcher) choose(ctx context.Context, r Request) (*Browser, error) {
	if r.Browser != "" {
		return l.named(ctx, r)
	}
	if b, ok := l.preferred(r); ok {
		return &b, nil
	}
	var found []Browser
	for _, b := range l.Find(ctx) {
		if r.fits(b) == nil {
			found = append(found, b)
		}
	}
	if i := slices.IndexFunc(found, func(b Browser) bool { return b.Default }); i >= 0 {
		return &found[i], nil
	}
	switch {
	case r.plain() && (len(found) == 0 || l.systemOpens()):
		return nil, nil
	case len(found) > 0:
		return &found[0], nil
	default:
		return nil, vaultcore.Faultf(ErrNone, "no browser was found that can open %s", r.shape()).
			WithHint("install Firefox or a Chromium-based browser, or open the console without a window of its own")
	}
}

// named finds the browser that a request names.
func (l *Launcher) named(ctx context.Context, r Request) (*Browser, error) {
	if f := familyCalled(r.Browser); f != nil {
		b, err := l.locate(f)
		if err == nil {
			return &b, r.fits(b)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	var names []string
	for _, b := range l.Find(ctx) {
		names = append(names, b.Name)
	}
	fault := vaultcore.Faultf(ErrNone, "browser %q was not found", vaultcore.Printable(r.Browser))
	if len(names) == 0 {
		return nil, fault.WithHint("Vaultbar knows Firefox and Chromium-based browsers, in the system's folders")
	}
	return nil, fault.WithHint("found: %s", strings.Join(names, ", "))
}

// PassesOver says whether a BROWSER variable names browsers, and none of them is
// known and found.
func (l *Launcher) PassesOver(preferred string) bool {
	_, found := l.preferred(Request{Preferred: preferred})
	return strings.Trim(preferred, ": \t") != "" && !found
}

// preferred finds a browser of the BROWSER variable: names with or without a path
// and arguments, with colons between them. Only the name counts: a variable must
// not choose what program is run, so names that are not known are passed over.
func (l *Launcher) preferred(r Request) (Browser, bool) {
	for _, preferred := range strings.Split(r.Preferred, ":") {
		words := strings.Fields(preferred)
		if len(words) == 0 {
			continue
		}
		if f := familyCalled(words[0]); f != nil {
			if b, err := l.locate(f); err == nil && r.fits(b) == nil {
				return b, true
			}
		}
	}
	return Browser{}, false
}
