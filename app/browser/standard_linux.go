package browser

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/app/internal/program"
)

// standard names the browser that links open in, by the files that the desktops
// share. xdg-settings reads the same files, through a dozen processes. It is "" for
// a browser that Vaultbar does not know.
func (l *Launcher) standard(_ context.Context, found []Browser) string {
	for _, list := range l.handlerLists() {
		for _, id := range handlers(list) {
			name, known := identify(id)
			if !known {
				return ""
			}
			if slices.ContainsFunc(found, func(b Browser) bool { return b.Name == name }) {
				return name
			}
		}
	}
	return l.alternative()
}

// identify finds the browser of a desktop file: one named as a program, as a
// flatpak, or as a snap with the name of the package before it.
func identify(id string) (string, bool) {
	id = strings.TrimSuffix(id, ".desktop")
	if packaged, name, ok := strings.Cut(id, "_"); ok && packaged == name {
		id = name
	}
	if f := familyCalled(id); f != nil {
		return f.name, true
	}
	return "", false
}

// handlerLists are the files with the person's choices, the first one first.
func (l *Launcher) handlerLists() []string {
	home := program.Getenv(l.Environ, "HOME")
	dirs := []string{l.folderOf("XDG_CONFIG_HOME", filepath.Join(home, ".config"))}
	dirs = append(dirs, filepath.SplitList(l.folderOf("XDG_CONFIG_DIRS", "/etc/xdg"))...)
	data := []string{l.folderOf("XDG_DATA_HOME", filepath.Join(home, ".local", "share"))}
	data = append(data, filepath.SplitList(l.folderOf("XDG_DATA_DIRS", "/usr/local/share:/usr/share"))...)
	for _, dir := range data {
		dirs = append(dirs, filepath.Join(dir, "applications"))
	}
	var lists []string
	for _, dir := range dirs {
		if !filepath.IsAbs(dir) {
			continue
		}
		for _, desktop := range strings.Split(program.Getenv(l.Environ, "XDG_CURRENT_DESKTOP"), ":") {
			if desktop != "" && !strings.Contains(desktop, "/") {
				lists = append(lists, filepath.Join(dir, strings.ToLower(desktop)+"-mimeapps.list"))
			}
		}
		lists = append(lists, filepath.Join(dir, "mimeapps.list"))
	}
	return lists
}

func (l *Launcher) folderOf(variable, standard string) string {
	if value := program.Getenv(l.Environ, variable); value != "" {
		return value
	}
	return standard
}

// handlers reads what opens https links from one file.
func handlers(path string) []string {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	inside := false
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			inside = line == "[Default Applications]"
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		if !inside || strings.TrimSpace(key) != "x-scheme-handler/https" {
			continue
		}
		return strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == ' ' })
	}
	return nil
}

// alternative is what Debian's family calls the system's browser.
func (l *Launcher) alternative() string {
	for _, dir := range l.programs() {
		target, err := filepath.EvalSymlinks(filepath.Join(dir, "x-www-browser"))
		if err != nil {
			continue
		}
		if name, ok := identify(filepath.Base(target)); ok {
			return name
		}
	}
	return ""
}
