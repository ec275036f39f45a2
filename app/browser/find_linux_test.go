package browser

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/internal/program"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

func TestFindKnowsTheBrowsersOfLinux(t *testing.T) {
	for program, want := range map[string]string{
		"chromium": "chromium", "google-chrome": "chrome", "google-chrome-stable": "chrome", "google-chrome-beta": "chrome-beta",
		"microsoft-edge": "edge", "microsoft-edge-stable": "edge", "brave-browser": "brave", "vivaldi": "vivaldi",
		"vivaldi-stable": "vivaldi", "opera": "opera", "firefox": "firefox", "firefox-esr": "firefox", "librewolf": "librewolf",
		"org.mozilla.firefox": "firefox", "com.brave.Browser": "brave",
	} {
		l := launcher(t, program)
		found := l.Find(t.Context())
		if len(found) != 1 || found[0].Name != want || filepath.Base(found[0].Path) != program || (found[0].sandbox == flatpak) != strings.Contains(program, ".") {
			t.Errorf("%s is found as %+v", program, found)
		}
	}
}

func TestWhichBrowserIsChosen(t *testing.T) {
	const links = "[Added Associations]\nx-scheme-handler/https=vivaldi.desktop;\n[Default Applications]\nx-scheme-handler/https=%s\n"
	for _, c := range []struct {
		name    string
		request Request
		links   string // what the person chose for https
		want    string // "" for the system's choice
	}{
		{"by name", Request{Browser: "chromium"}, "firefox-esr.desktop", "chromium"},
		{"by program", Request{Browser: "Firefox-ESR"}, "", "firefox"},
		{"by title", Request{Browser: "google chrome"}, "", "chrome"},
		{"by variable", Request{Preferred: "lynx:/usr/bin/google-chrome --x %s:firefox"}, "firefox.desktop", "chrome"},
		{"by a variable that is not known", Request{Preferred: "/tmp/evil"}, "chromium.desktop", "chromium"},
		{"by default", Request{}, "chromium.desktop;firefox.desktop;", "chromium"},
		{"by a default as a snap", Request{}, "chromium_chromium.desktop", "chromium"},
		{"by a default that is gone", Request{}, "opera.desktop;google-chrome.desktop", "chrome"},
		{"by a default that is not known", Request{}, "org.gnome.Epiphany.desktop", ""},
		{"isolated, with a default that is not known", Request{Isolated: "x"}, "org.gnome.Epiphany.desktop", "firefox"},
		{"no default", Request{}, "", ""},
		{"a container", Request{Container: "x"}, "chromium.desktop", "firefox"},
		{"a container, against the variable", Request{Container: "x", Preferred: "chromium"}, "", "firefox"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := launcher(t, "firefox-esr", "chromium", "google-chrome", "xdg-open")
			config := filepath.Join(program.Getenv(l.Environ, "HOME"), ".config")
			if err := os.Mkdir(config, 0o700); err != nil {
				t.Fatal(err)
			}
			if c.links != "" {
				write(t, filepath.Join(config, "mimeapps.list"), strings.Replace(links, "%s", c.links, 1))
			}
			b, err := l.choose(t.Context(), c.request)
			if err != nil || (b == nil) != (c.want == "") || b != nil && b.Name != c.want {
				t.Errorf("chosen %+v, %v", b, err)
			}
		})
	}
}

func TestAVariableThatNamesNoBrowserIsPassedOver(t *testing.T) {
	l := launcher(t, "chromium")
	for preferred, want := range map[string]bool{
		"": false, ":": false, "chromium": false, "lynx:/usr/bin/chromium --x": false, "lynx": true, "firefox": true, "/tmp/evil %s": true,
	} {
		if got := l.PassesOver(preferred); got != want {
			t.Errorf("%q: %v", preferred, got)
		}
	}
}

func TestTheDesktopsOwnListComesFirst(t *testing.T) {
	l := launcher(t, "firefox", "chromium")
	config := t.TempDir()
	l.Environ = append(l.Environ, "XDG_CONFIG_HOME="+config, "XDG_CURRENT_DESKTOP=ubuntu:GNOME")
	write(t, filepath.Join(config, "mimeapps.list"), "[Default Applications]\nx-scheme-handler/https=firefox.desktop\n")
	write(t, filepath.Join(config, "gnome-mimeapps.list"), "[Default Applications]\n# mine\nx-scheme-handler/https = chromium.desktop\n")
	for _, b := range l.Find(t.Context()) {
		if b.Default != (b.Name == "chromium") {
			t.Errorf("default: %+v", b)
		}
	}
}

func TestTheAlternativeIsTheDefault(t *testing.T) {
	l := launcher(t, "firefox-esr", "chromium")
	if err := os.Symlink("chromium", filepath.Join(l.Programs[0], "x-www-browser")); err != nil {
		t.Fatal(err)
	}
	if b, err := l.choose(t.Context(), Request{}); err != nil || b == nil || b.Name != "chromium" {
		t.Errorf("chosen %+v, %v", b, err)
	}
}

func TestProgramsThatOthersMayChangeAreNotUsed(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(dir, path string) error
	}{
		{"others may write", func(_, path string) error { return os.Chmod(path, 0o757) }},
		{"the group may write", func(_, path string) error { return os.Chmod(path, 0o775) }},
		{"others may write to the folder", func(dir, _ string) error { return os.Chmod(dir, 0o777) }},
		{"no program", func(_, path string) error { return os.Chmod(path, 0o644) }},
		{"a folder", func(_, path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) }},
		{"a link out of a folder that others may write to", func(dir, path string) error {
			loose := filepath.Join(dir, "loose")
			return errors.Join(os.Mkdir(loose, 0o755), os.Chmod(loose, 0o777),
				os.Rename(path, filepath.Join(loose, "x")), os.Symlink("loose/x", path))
		}},
		{"a ring of links", func(_, path string) error { return errors.Join(os.Remove(path), os.Symlink("firefox", path)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := launcher(t, "firefox")
			path := filepath.Join(l.Programs[0], "firefox")
			if found := l.Find(t.Context()); len(found) != 1 {
				t.Fatalf("before: %v", found)
			}
			if err := c.spoil(l.Programs[0], path); err != nil {
				t.Fatal(err)
			}
			if found := l.Find(t.Context()); len(found) != 0 {
				t.Errorf("found: %+v", found)
			}
			_, err := l.Open(t.Context(), Request{Address: address, Browser: "firefox"})
			if !errors.Is(err, ErrNone) || vaultcore.Hint(err) == "" {
				t.Errorf("got %v", err)
			}
			golden.Message(t, "", testkit.ErrorText(err), path, "PATH", filepath.Dir(filepath.Dir(path)), "DIR")
		})
	}
}

func TestProgramsOfOthersAreNotUsed(t *testing.T) {
	l := launcher(t, "firefox")
	path := filepath.Join(l.Programs[0], "firefox")
	if err := os.Lchown(path, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if found := l.Find(t.Context()); len(found) != 0 {
		t.Errorf("found: %+v", found)
	}
}

func TestThePathIsNotSearched(t *testing.T) {
	l := launcher(t)
	evil := t.TempDir()
	for _, name := range []string{"firefox", "chromium", "xdg-open", "xdg-settings"} {
		if err := os.WriteFile(filepath.Join(evil, name), []byte("#!/bin/sh\necho > "+evil+"/run\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", evil+":.")
	t.Chdir(evil)
	l.Environ = append(l.Environ, "PATH="+evil+":.", "BROWSER="+evil+"/firefox")
	for _, r := range []Request{{}, {Browser: "firefox"}, {Preferred: evil + "/firefox"}, {Isolated: "x"}} {
		r.Address = address
		if _, err := l.Open(t.Context(), r); !errors.Is(err, ErrNone) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if _, err := os.Stat(filepath.Join(evil, "run")); err == nil {
		t.Error("a program of PATH was run")
	}
}

func TestASnapIsKnownByItsScript(t *testing.T) {
	l := launcher(t)
	l.install(t, "firefox", `exec /snap/bin/firefox "$@"`)
	l.install(t, "chromium", `exec /usr/lib/chromium/chromium "$@"`)
	boxes := map[string]sandbox{}
	for _, b := range l.Find(t.Context()) {
		boxes[b.Name] = b.sandbox
	}
	if boxes["firefox"] != snap || boxes["chromium"] != noSandbox {
		t.Errorf("boxes are %v", boxes)
	}
	home := program.Getenv(l.Environ, "HOME")
	want := []string{home + "/snap/firefox/common/vaultbar-browsers", home + "/.var/app/org.mozilla.firefox/data/vaultbar-browsers", l.Folder + "/firefox"}
	var got []string
	for _, in := range []sandbox{snap, flatpak, noSandbox} {
		got = append(got, l.folderFor(families()[0], in).dir)
	}
	if !slices.Equal(got, want) {
		t.Errorf("profiles are kept in %q", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
