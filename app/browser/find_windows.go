package browser

import (
	"context"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	clients  = `SOFTWARE\Clients\StartMenuInternet`
	appPaths = `SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\`
	chosen   = `SOFTWARE\Microsoft\Windows\Shell\Associations\UrlAssociations\https\UserChoice`
)

// hives are where programs are registered: for all first, which only an
// administrator can change, then for this person.
func hives() []registry.Key { return []registry.Key{registry.LOCAL_MACHINE, registry.CURRENT_USER} }

// locate finds a browser's program by how it is registered.
func (l *Launcher) locate(f *family) (Browser, error) {
	for _, hive := range hives() {
		for _, find := range []func(registry.Key, *family) string{asClient, asApp} {
			path := find(hive, f)
			if stat, err := os.Stat(path); err == nil && stat.Mode().IsRegular() {
				return f.found(path, noSandbox), nil
			}
		}
	}
	return Browser{}, fs.ErrNotExist
}

// asClient finds a browser among those of the start menu. Keys of one person's
// installation have an ending.
func asClient(hive registry.Key, f *family) string {
	key, err := registry.OpenKey(hive, clients, registry.ENUMERATE_SUB_KEYS)
	if err != nil || f.client == "" {
		return ""
	}
	defer func() { _ = key.Close() }()
	names, err := key.ReadSubKeyNames(-1)
	if err != nil {
		return ""
	}
	for _, name := range names {
		rest, ok := strings.CutPrefix(name, f.client)
		if !ok || strings.HasPrefix(rest, " ") { // "Google Chrome Beta" is another one
			continue
		}
		if path := programIn(standardValue(hive, clients+`\`+name+`\shell\open\command`)); path != "" {
			return path
		}
	}
	return ""
}

// asApp finds a browser by its program's name.
func asApp(hive registry.Key, f *family) string {
	if f.exe == "" {
		return ""
	}
	return programIn(standardValue(hive, appPaths+f.exe))
}

// programIn takes the program out of a command line.
func programIn(line string) string {
	if rest, ok := strings.CutPrefix(line, `"`); ok {
		line, _, _ = strings.Cut(rest, `"`)
	}
	if !strings.HasSuffix(strings.ToLower(line), ".exe") {
		return ""
	}
	return line
}

func standardValue(hive registry.Key, path string) string {
	key, err := registry.OpenKey(hive, path, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer func() { _ = key.Close() }()
	value, _, err := key.GetStringValue("")
	if err != nil {
		return ""
	}
	return value
}

// hasScreen says whether there is a screen for a browser: Windows always has one.
func (l *Launcher) hasScreen() error { return nil }

// standard names the browser that links open in.
func (l *Launcher) standard(context.Context, []Browser) string {
	key, err := registry.OpenKey(registry.CURRENT_USER, chosen, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer func() { _ = key.Close() }()
	id, _, err := key.GetStringValue("ProgId")
	if err != nil {
		return ""
	}
	for _, f := range families() {
		if strings.HasPrefix(id, f.handler) {
			return f.name
		}
	}
	return ""
}

// systemOpens says whether the desktop can choose.
func (l *Launcher) systemOpens() bool { return true }

// openAnyhow lets the desktop choose.
func (l *Launcher) openAnyhow(_ context.Context, r Request) (opened string, err error) {
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return "", err
	}
	address, err := windows.UTF16PtrFromString(r.Address)
	if err != nil {
		return "", vaultcore.Faultf(vaultcore.ErrRequest, "the address has a zero byte")
	}
	if err := windows.ShellExecute(0, verb, address, nil, nil, windows.SW_SHOWNORMAL); err != nil {
		return "", noStart("the browser", "a browser", err)
	}
	return anyBrowser, nil
}

// command is what starts a browser.
func command(b Browser, r Request, dir string) (string, []string) {
	return b.Path, r.arguments(b, dir)
}
