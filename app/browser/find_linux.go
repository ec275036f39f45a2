package browser

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/vaultbar/vaultbar/app/internal/program"
	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	flatpakFolder = "/var/lib/flatpak/exports/bin"
	maxScript     = 8 << 10
)

// programs are the folders in which programs are looked for.
func (l *Launcher) programs() []string {
	if len(l.Programs) > 0 {
		return l.Programs
	}
	return append(program.Folders(), snapFolder, flatpakFolder)
}

// locate finds a browser's program. It may return: fs.ErrNotExist, or ErrNone with the
// reason why the one that is there is not used.
func (l *Launcher) locate(f *family) (Browser, error) {
	var refused error = fs.ErrNotExist
	for _, dir := range l.programs() {
		for _, name := range append(slices.Clone(f.programs), f.flatpak) {
			if name == "" {
				continue
			}
			path := filepath.Join(dir, name)
			why := program.Trusted(path)
			if why == nil {
				return f.found(path, f.sandboxOf(path)), nil
			}
			if refused == fs.ErrNotExist && !errors.Is(why, fs.ErrNotExist) {
				refused = vaultcore.Faultf(ErrNone, "%s at %s is not used: %v", f.title, path, why).
					WithHint("a browser is started only when root owns it and nobody else can change it")
			}
		}
	}
	return Browser{}, refused
}

// sandboxOf says in which sandbox a program runs: by where it is, or because it is a
// script that starts a snap, as Ubuntu's /usr/bin/firefox is.
func (f *family) sandboxOf(path string) sandbox {
	switch {
	case filepath.Base(path) == f.flatpak:
		return flatpak
	case f.snap == "":
		return noSandbox
	case filepath.Dir(path) == snapFolder:
		return snap
	}
	file, err := os.Open(path)
	if err != nil {
		return noSandbox
	}
	defer func() { _ = file.Close() }()
	head, _ := io.ReadAll(io.LimitReader(file, maxScript)) // what cannot be read is no script
	if bytes.HasPrefix(head, []byte("#!")) && bytes.Contains(head, []byte(snapFolder+"/")) {
		return snap
	}
	return noSandbox
}

// hasScreen says whether there is a screen for a browser.
func (l *Launcher) hasScreen() error {
	if program.Getenv(l.Environ, "DISPLAY") != "" || program.Getenv(l.Environ, "WAYLAND_DISPLAY") != "" {
		return nil
	}
	return vaultcore.Faultf(ErrStart, "there is no desktop to open a browser on").
		WithHint("`vaultbar login --stdout` prints the address for a browser elsewhere")
}

// systemOpens says whether the desktop can choose.
func (l *Launcher) systemOpens() bool { return l.opener() != "" }

// opener is the program that lets the desktop choose.
func (l *Launcher) opener() string {
	for _, dir := range l.programs() {
		if path := filepath.Join(dir, "xdg-open"); program.Trusted(path) == nil {
			return path
		}
	}
	return ""
}

// openAnyhow lets the desktop choose.
func (l *Launcher) openAnyhow(ctx context.Context, r Request) (opened string, err error) {
	path := l.opener()
	if path == "" {
		return "", vaultcore.Faultf(ErrNone, "no browser was found").
			WithHint("install one, or xdg-utils; `vaultbar login --stdout` prints the address")
	}
	return l.start(ctx, nil, path, [][]string{{r.Address}}, r)
}

// command is what starts a browser.
func command(b Browser, r Request, dir string) (string, []string) {
	return b.Path, r.arguments(b, dir)
}
