package browser

import (
	"path/filepath"
	"slices"
	"strings"
)

// Kind is a family of browsers that take the same arguments.
type Kind string

// The two families that Vaultbar knows how to give a profile of their own.
const (
	Chromium Kind = "chromium"
	Firefox  Kind = "firefox"
)

// Browser is a browser that was found.
type Browser struct {
	Name    string // what a person calls it on the command line: "chrome"
	Title   string // what it calls itself: "Google Chrome"
	Kind    Kind
	Path    string // its program, or on macOS its application
	Default bool   // the one that links open in

	sandbox sandbox
	family  *family
}

// sandbox is the one that a browser runs in, which decides the folders that it sees.
type sandbox string

const (
	noSandbox sandbox = ""
	flatpak   sandbox = "flatpak"
	snap      sandbox = "snap"
)

// snapFolder is where snaps have their programs.
const snapFolder = "/snap/bin"

// family is what is known about a browser before it is found.
type family struct {
	name, title string
	kind        Kind
	private     string   // the argument for a private window
	also        []string // other names that people use for it
	programs    []string // on Linux, the first that is there counts
	flatpak     string   // its id there
	snap        string   // its name there
	bundle, app string   // on macOS
	client      string   // on Windows, how its key below StartMenuInternet begins
	exe         string   // on Windows, its key below App Paths
	handler     string   // on Windows, how the class of its links begins
}

// families is every browser that Vaultbar knows, in the order in which they are
// shown and, where nothing is the default, taken.
func families() []*family {
	return []*family{
		{name: "firefox", title: "Firefox", kind: Firefox, private: "--private-window",
			programs: []string{"firefox", "firefox-esr"}, flatpak: "org.mozilla.firefox", snap: "firefox",
			bundle: "org.mozilla.firefox", app: "Firefox", client: "Firefox-", exe: "firefox.exe", handler: "FirefoxURL"},
		{name: "chrome", title: "Google Chrome", kind: Chromium, private: "--incognito",
			programs: []string{"google-chrome", "google-chrome-stable"}, flatpak: "com.google.Chrome",
			bundle: "com.google.Chrome", app: "Google Chrome", client: "Google Chrome", exe: "chrome.exe", handler: "ChromeHTML"},
		{name: "chromium", title: "Chromium", kind: Chromium, private: "--incognito",
			programs: []string{"chromium", "chromium-browser"}, flatpak: "org.chromium.Chromium", snap: "chromium",
			bundle: "org.chromium.Chromium", app: "Chromium", client: "Chromium", handler: "ChromiumHTM"},
		{name: "edge", title: "Microsoft Edge", kind: Chromium, private: "--inprivate", also: []string{"msedge"},
			programs: []string{"microsoft-edge", "microsoft-edge-stable"}, flatpak: "com.microsoft.Edge",
			bundle: "com.microsoft.edgemac", app: "Microsoft Edge", client: "Microsoft Edge", exe: "msedge.exe", handler: "MSEdgeHTM"},
		{name: "brave", title: "Brave", kind: Chromium, private: "--incognito",
			programs: []string{"brave-browser", "brave-browser-stable", "brave"}, flatpak: "com.brave.Browser", snap: "brave",
			bundle: "com.brave.Browser", app: "Brave Browser", client: "Brave", exe: "brave.exe", handler: "BraveHTML"},
		{name: "vivaldi", title: "Vivaldi", kind: Chromium, private: "--incognito",
			programs: []string{"vivaldi", "vivaldi-stable"}, flatpak: "com.vivaldi.Vivaldi", snap: "vivaldi",
			bundle: "com.vivaldi.Vivaldi", app: "Vivaldi", client: "Vivaldi", exe: "vivaldi.exe", handler: "VivaldiHTM"},
		{name: "opera", title: "Opera", kind: Chromium, private: "--private",
			programs: []string{"opera", "opera-stable"}, flatpak: "com.opera.Opera", snap: "opera",
			bundle: "com.operasoftware.Opera", app: "Opera", client: "Opera", exe: "opera.exe", handler: "OperaStable"},
		{name: "librewolf", title: "LibreWolf", kind: Firefox, private: "--private-window",
			programs: []string{"librewolf"}, flatpak: "io.gitlab.librewolf-community",
			bundle: "io.gitlab.librewolf-community", app: "LibreWolf", client: "LibreWolf", exe: "librewolf.exe", handler: "LibreWolf"},
		{name: "chrome-beta", title: "Google Chrome Beta", kind: Chromium, private: "--incognito",
			programs: []string{"google-chrome-beta"}, bundle: "com.google.Chrome.beta", app: "Google Chrome Beta", handler: "ChromeBHTML"},
	}
}

// called says whether a person means this browser: by its name, its title, a
// program of it, or its id in a store.
func (f *family) called(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(filepath.Base(name)), ".exe")
	is := func(other string) bool { return other != "" && strings.ToLower(other) == name }
	return is(f.name) || is(f.title) || is(f.flatpak) || is(f.bundle) ||
		slices.ContainsFunc(f.also, is) || slices.ContainsFunc(f.programs, is)
}

// familyCalled is the browser that a person means by a name; nil for none.
func familyCalled(name string) *family {
	for _, f := range families() {
		if f.called(name) {
			return f
		}
	}
	return nil
}

// found makes a browser of a family.
func (f *family) found(path string, in sandbox) Browser {
	return Browser{Name: f.name, Title: f.title, Kind: f.kind, Path: path, sandbox: in, family: f}
}
