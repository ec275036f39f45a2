package browser

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/app/internal/program"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/sockowner"
)

// came says what to call the browser that came for the address. b is the one that
// was started as one of pids; nil where the desktop chose. A browser that was
// running already may have come in its place: any process of that browser is it.
// Another program is named, for whoever runs it is signed in. It may return:
// ErrTaken.
func (r Request) came(b *Browser, title string, pids []int) (string, error) {
	if r.Visitor == nil {
		return title, nil
	}
	visitors, known := r.Visitor()
	if !known {
		return title, nil
	}
	for _, v := range visitors {
		if slices.Contains(pids, v.Session) || b != nil && b.runs(v) {
			return title, nil
		}
	}
	if b == nil {
		if name := browserAmong(visitors); name != "" {
			return name, nil
		}
	}
	return "", takenBy(title, visitors)
}

// browserAmong is the title of the browser among those who came; "" for none.
func browserAmong(visitors []sockowner.Program) string {
	for _, v := range visitors {
		for _, f := range families() {
			if f.runs(v) {
				return f.title
			}
		}
	}
	return ""
}

// takenBy is the failure when it was not the browser that came.
func takenBy(title string, visitors []sockowner.Program) error {
	who := "a program that cannot be identified"
	if len(visitors) > 0 && visitors[0].Path != "" {
		who = vaultcore.PrintableUpTo(visitors[0].Path, 200)
	}
	return vaultcore.Faultf(ErrTaken, "the sign-in address was used by %s, not by %s: whoever runs the former is signed in to the console", who, title).
		WithHint("if you do not know it, kill it, and end its session at AWS: revoke the role's sessions or deactivate the key in IAM")
}

// runs says whether a program is this browser.
func (b Browser) runs(v sockowner.Program) bool {
	if b.family.runs(v) {
		return true
	}
	if v.Path == "" || v.Flatpak != "" {
		return false
	}
	place := filepath.Dir(b.Path)
	if real, err := filepath.EvalSymlinks(b.Path); err == nil {
		place = filepath.Dir(real)
	}
	return strings.EqualFold(filepath.Dir(v.Path), place) && place != snapFolder && !slices.Contains(program.Folders(), place)
}

// runs says whether a program is a browser of this family: one that only root can
// change, by its own name or that of its folder, or in its Flatpak or snap.
func (f *family) runs(v sockowner.Program) bool {
	if v.Flatpak != "" {
		return v.Flatpak == f.flatpak
	}
	if name, ok := strings.CutPrefix(v.Path, "/snap/"); ok {
		name, _, _ = strings.Cut(name, "/")
		return f.snap != "" && name == f.snap
	}
	if !v.System {
		return false
	}
	name := strings.TrimSuffix(filepath.Base(v.Path), "-bin")
	return f.called(name) || f.called(filepath.Base(filepath.Dir(v.Path)))
}
