package browser

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// keep makes a profile for the browser of a program.
func (l *Launcher) keep(t *testing.T, browser, name string) string {
	t.Helper()
	for _, f := range families() {
		if f.name == browser {
			dir, err := l.folderFor(f, noSandbox).keep(name)
			if err != nil {
				t.Fatal(err)
			}
			return dir
		}
	}
	t.Fatalf("no browser %s", browser)
	return ""
}

func (l *Launcher) names() []string {
	var names []string
	for _, p := range l.Profiles() {
		names = append(names, p.Browser+" "+p.Name)
	}
	return names
}

func TestProfilesAreKeptAndForgotten(t *testing.T) {
	l := launcher(t)
	if got := l.Profiles(); len(got) != 0 {
		t.Errorf("kept at first: %v", got)
	}
	for _, name := range []string{"prod", "Prod", "../prod", "prod/../../x"} {
		write(t, filepath.Join(l.keep(t, "chromium", name), "Default", "Cookies"), "x")
	}
	l.keep(t, "firefox", "prod")
	write(t, filepath.Join(l.Folder, "chromium", "stranger", "file"), "not ours")
	write(t, filepath.Join(l.Folder, "chromium", "wrong", label), "another name")
	if got, want := l.names(), []string{"firefox prod", "chromium ../prod", "chromium Prod", "chromium prod", "chromium prod/../../x"}; !slices.Equal(got, want) {
		t.Fatalf("kept %q, not %q", got, want)
	}
	if err := l.RemoveProfile(t.Context(), "prod"); err != nil {
		t.Fatal(err)
	}
	if err := l.RemoveProfile(t.Context(), "../prod"); err != nil {
		t.Fatal(err)
	}
	if got, want := l.names(), []string{"chromium Prod", "chromium prod/../../x"}; !slices.Equal(got, want) {
		t.Errorf("kept %q, not %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(l.Folder, "chromium", "stranger", "file")); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"prod", "wrong", "another name", "stranger", "", ".", ".."} {
		if err := l.RemoveProfile(t.Context(), name); !errors.Is(err, ErrNoProfile) || vaultcore.Hint(err) == "" {
			t.Errorf("forgetting %q: %v", name, err)
		}
	}
}

func TestForgettingLeavesTheFilesThatALinkNames(t *testing.T) {
	l := launcher(t)
	precious := filepath.Join(t.TempDir(), "precious")
	write(t, precious, "x")
	dir := l.keep(t, "chromium", "prod")
	if err := os.Symlink(filepath.Dir(precious), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := l.RemoveProfile(t.Context(), "prod"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

func TestALinkIsNoProfile(t *testing.T) {
	l := launcher(t, "chromium")
	own := t.TempDir() // the person's own profile
	write(t, filepath.Join(l.Folder, "chromium", "x"), "")
	if err := os.Symlink(own, filepath.Join(l.Folder, "chromium", "prod")); err != nil {
		t.Fatal(err)
	}
	_, err := l.Open(t.Context(), Request{Address: address, Isolated: "prod", Color: "#ff0000"})
	if !errors.Is(err, ErrFolder) || vaultcore.Hint(err) == "" {
		t.Errorf("got %v", err)
	}
	write(t, filepath.Join(own, label), "prod")
	if err := l.RemoveProfile(t.Context(), "prod"); !errors.Is(err, ErrNoProfile) {
		t.Errorf("got %v", err)
	}
	if entries, err := os.ReadDir(own); err != nil || len(entries) != 1 {
		t.Errorf("the person's own folder has %v, %v", entries, err)
	}
}

func TestAnInterruptedRemovalIsFinished(t *testing.T) {
	l := launcher(t)
	l.keep(t, "chromium", "prod")
	left := filepath.Join(l.Folder, "chromium", discarded+"old")
	write(t, filepath.Join(left, "Default", "Cookies"), "x")
	if got := l.names(); len(got) != 1 {
		t.Errorf("kept %q", got)
	}
	if err := l.RemoveProfile(t.Context(), "prod"); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(filepath.Dir(left)); err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

func TestChromiumsLock(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	alive, gone := strconv.Itoa(os.Getpid()), "4194303" // above the highest process number
	for _, c := range []struct {
		name            string
		lock, socket    string // "live", "stale" or ""
		sandboxed, want bool
	}{
		{"no lock", "", "", false, false},
		{"alive", host + "-" + alive, "live", false, true},
		{"about to listen", host + "-" + alive, "", false, true},
		{"ended", host + "-" + gone, "stale", false, false},
		{"ended, and another program has its number", host + "-" + alive, "stale", false, false},
		{"on another machine", "elsewhere-" + gone, "", false, true},
		{"not to be read", "x", "", false, true},
		{"no process", host + "-0", "", false, true},
		{"locked up", host + "-" + gone, "", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			link(t, c.lock, filepath.Join(dir, "SingletonLock"))
			if c.socket != "" {
				short, err := os.MkdirTemp("/tmp", "b")
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = os.RemoveAll(short) })
				socket := filepath.Join(short, "SingletonSocket")
				listener, err := net.Listen("unix", socket)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = listener.Close() }()
				if c.socket == "stale" {
					listener.(*net.UnixListener).SetUnlinkOnClose(false)
					_ = listener.Close()
				}
				link(t, socket, filepath.Join(dir, "SingletonSocket"))
			}
			if got := inUse(Chromium, dir, c.sandboxed); got != c.want {
				t.Errorf("in use: %v", got)
			}
		})
	}
}

func TestAnOpenProfileIsNeitherForgottenNorDressed(t *testing.T) {
	l := launcher(t, "chromium")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	dir := l.keep(t, "chromium", "prod")
	link(t, host+"-"+strconv.Itoa(os.Getpid()), filepath.Join(dir, "SingletonLock"))
	if err := l.RemoveProfile(t.Context(), "prod"); !errors.Is(err, ErrOpen) || vaultcore.Hint(err) == "" {
		t.Errorf("got %v", err)
	}
	if kept := l.Profiles(); len(kept) != 1 || !kept[0].Open || kept[0].Used.IsZero() {
		t.Errorf("kept %+v", kept)
	}
	record := l.recorder(t, "chromium", "0")
	if _, err := l.Open(t.Context(), Request{Address: address, Isolated: "prod", Color: "#cc0000"}); err != nil {
		t.Fatal(err)
	}
	recorded(t, record)
	if _, err := os.Stat(filepath.Join(dir, "Default")); err == nil {
		t.Error("the profile of a running browser was written to")
	}
}

func TestDressingChromiumKeepsItsPreferences(t *testing.T) {
	l := launcher(t, "chromium")
	open := func(color Color) map[string]any {
		t.Helper()
		record := l.recorder(t, "chromium", "0")
		if _, err := l.Open(t.Context(), Request{Address: address, Isolated: "prod", Color: color}); err != nil {
			t.Fatal(err)
		}
		recorded(t, record)
		text, err := os.ReadFile(filepath.Join(l.Folder, "chromium", "prod", preferences))
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]any
		if err := decode(text, &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	fresh := open("#cc0000")
	if got := branch(fresh, "autogenerated", "theme")["color"]; got != json.Number("-3407872") {
		t.Errorf("the color is %v", got)
	}
	if got := branch(fresh, "profile")["name"]; got != "prod" {
		t.Errorf("the name is %v", got)
	}
	write(t, filepath.Join(l.Folder, "chromium", "prod", preferences),
		`{"big":13408394394848329,"extensions":{"theme":{"id":"abc"},"x":1},"profile":{"name":"mine"}}`)
	again := open("#00cc00")
	if again["big"] != json.Number("13408394394848329") || branch(again, "profile")["name"] != "mine" ||
		branch(again, "extensions")["x"] != json.Number("1") || branch(again, "extensions", "theme")["id"] != plainTheme {
		t.Errorf("the preferences are %v", again)
	}
	if plain := open(""); branch(plain, "extensions", "theme")["id"] != plainTheme {
		t.Errorf("without a color: %v", plain)
	}
}

func TestDressingFirefox(t *testing.T) {
	l := launcher(t, "firefox")
	sheet := filepath.Join(l.Folder, "firefox", "prod", "chrome", "userChrome.css")
	open := func(color Color) (string, error) {
		t.Helper()
		record := l.recorder(t, "firefox", "0")
		if _, err := l.Open(t.Context(), Request{Address: address, Isolated: "prod", Color: color}); err != nil {
			t.Fatal(err)
		}
		recorded(t, record)
		text, err := os.ReadFile(sheet)
		return string(text), err
	}
	if text, err := open(""); err == nil {
		t.Errorf("a style without a color: %s", text)
	}
	if text, err := open("#cc0000"); err != nil || !strings.Contains(text, "#navigator-toolbox { background-color: #cc0000") {
		t.Errorf("the style is %q, %v", text, err)
	}
	if text, err := open("#00cc00"); err != nil || !strings.Contains(text, "#00cc00") {
		t.Errorf("the style is %q, %v", text, err)
	}
	write(t, sheet, "body {}")
	if text, err := open("#cc0000"); err != nil || text != "body {}" {
		t.Errorf("the person's own style is %q, %v", text, err)
	}
}

func TestFirefoxIsNotGivenAPathThatTheBusCuts(t *testing.T) {
	l := launcher(t, "firefox")
	l.Folder = filepath.Join(l.Folder, strings.Repeat("x", 150))
	if _, err := l.Open(t.Context(), Request{Address: address, Isolated: "prod"}); !errors.Is(err, ErrFolder) {
		t.Errorf("got %v", err)
	}
}

func TestAFolderThatCannotBeMadeIsSaid(t *testing.T) {
	l := launcher(t, "firefox")
	write(t, l.Folder, "a file")
	_, err := l.Open(t.Context(), Request{Address: address, Isolated: "prod"})
	if !errors.Is(err, ErrFolder) || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("got %v", err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if target == "" {
		return
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}
