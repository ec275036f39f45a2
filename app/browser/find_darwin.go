package browser

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/app/internal/program"
)

// opener asks the desktop to open things; the system protects it.
const opener = "/usr/bin/open"

// locate finds a browser's application.
func (l *Launcher) locate(f *family) (Browser, error) {
	dirs := []string{"/Applications"}
	if home := program.Getenv(l.Environ, "HOME"); filepath.IsAbs(home) {
		dirs = append(dirs, filepath.Join(home, "Applications"))
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, f.app+".app")
		if stat, err := os.Stat(path); err == nil && stat.IsDir() {
			return f.found(path, noSandbox), nil
		}
	}
	return Browser{}, fs.ErrNotExist
}

// hasScreen says whether there is a screen for a browser: open says so itself.
func (l *Launcher) hasScreen() error { return nil }

// standard names the browser that links open in, by the desktop's own table.
func (l *Launcher) standard(ctx context.Context, _ []Browser) string {
	table := filepath.Join(program.Getenv(l.Environ, "HOME"), "Library", "Preferences", "com.apple.LaunchServices", "com.apple.launchservices.secure.plist")
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/usr/bin/plutil", "-convert", "json", "-o", "-", table)
	cmd.Env = l.environ("")
	text, err := cmd.Output()
	if err != nil {
		return "" // never chosen: the system's own
	}
	var read struct {
		Handlers []struct {
			Scheme string `json:"LSHandlerURLScheme"`
			Role   string `json:"LSHandlerRoleAll"`
		} `json:"LSHandlers"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return ""
	}
	for _, handler := range read.Handlers {
		if handler.Scheme == "https" {
			return byBundle(handler.Role)
		}
	}
	return ""
}

func byBundle(id string) string {
	for _, f := range families() {
		if strings.EqualFold(f.bundle, id) {
			return f.name
		}
	}
	return ""
}

// systemOpens says whether the desktop can choose.
func (l *Launcher) systemOpens() bool { return true }

// openAnyhow lets the desktop choose.
func (l *Launcher) openAnyhow(ctx context.Context, r Request) (opened string, err error) {
	return l.start(ctx, nil, opener, [][]string{{r.Address}}, r)
}

// command is what starts a browser: the desktop starts it, by its application
// where it takes arguments. A second instance is asked for, since the first one
// would not read them; the browser itself finds the window to hand over to.
func command(b Browser, r Request, dir string) (string, []string) {
	if dir == "" && !r.Private {
		return opener, []string{"-b", b.family.bundle, r.target()}
	}
	return opener, append([]string{"-n", "-a", b.Path, "--args"}, r.arguments(b, dir)...)
}
