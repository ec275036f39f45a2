package browser

import (
	"errors"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/sockowner"
)

// TestCame holds which programs count as the browser that was started, and that any
// other is named.
func TestCame(t *testing.T) {
	family := func(name string) *family {
		for _, f := range families() {
			if f.name == name {
				return f
			}
		}
		t.Fatal(name)
		return nil
	}
	at := func(name, path string) *Browser { b := family(name).found(path, noSandbox); return &b }
	const pid = 4711
	for _, c := range []struct {
		name     string
		browser  *Browser
		visitors []sockowner.Program
		known    bool
		want     string // the title; "" for a theft
	}{
		{"the one that was started", at("firefox", "/usr/bin/firefox"), []sockowner.Program{{Path: "/home/ann/x", Session: pid}}, true, "Firefox"},
		{"one that ran already", at("firefox", "/usr/bin/firefox"), []sockowner.Program{{Path: "/usr/lib/firefox-esr/firefox-esr", System: true}}, true, "Firefox"},
		{"Chromium behind its script", at("chromium", "/usr/bin/chromium"), []sockowner.Program{{Path: "/usr/lib/chromium/chromium", System: true}}, true, "Chromium"},
		{"Vivaldi", at("vivaldi", "/usr/bin/vivaldi"), []sockowner.Program{{Path: "/opt/vivaldi/vivaldi-bin", System: true}}, true, "Vivaldi"},
		{"Chrome Beta", at("chrome-beta", "/usr/bin/google-chrome-beta"), []sockowner.Program{{Path: "/opt/google/chrome-beta/chrome", System: true}}, true, "Google Chrome Beta"},
		{"Nix", at("firefox", "/run/current-system/sw/bin/firefox"), []sockowner.Program{{Path: "/nix/store/x-firefox-1/lib/firefox/.firefox-wrapped", System: true}}, true, "Firefox"},
		{"a person's own copy", at("firefox", "/home/ann/fox/firefox"), []sockowner.Program{{Path: "/home/ann/fox/firefox-real"}}, true, "Firefox"},
		{"Flatpak", at("firefox", "/usr/bin/flatpak"), []sockowner.Program{{Path: "/app/lib/firefox/firefox", Flatpak: "org.mozilla.firefox"}}, true, "Firefox"},
		{"snap", at("chromium", "/snap/bin/chromium"), []sockowner.Program{{Path: "/snap/chromium/2000/usr/lib/chromium-browser/chrome", System: true}}, true, "Chromium"},
		{"a child that has it too", at("firefox", "/usr/bin/firefox"), []sockowner.Program{{Path: "/usr/bin/python3", System: true}, {Path: "/usr/lib/firefox/firefox", System: true}}, true, "Firefox"},
		{"what the desktop chose", nil, []sockowner.Program{{Path: "/usr/lib/chromium/chromium", System: true}}, true, "Chromium"},
		{"a system that does not tell", at("firefox", "/usr/bin/firefox"), nil, false, "Firefox"},

		{"curl", at("firefox", "/usr/bin/firefox"), []sockowner.Program{{Path: "/usr/bin/curl", System: true, Session: 12}}, true, ""},
		{"a false name", at("firefox", "/usr/bin/firefox"), []sockowner.Program{{Path: "/home/ann/firefox/firefox"}}, true, ""},
		{"another browser", at("firefox", "/usr/bin/firefox"), []sockowner.Program{{Path: "/usr/lib/chromium/chromium", System: true}}, true, ""},
		{"another Flatpak", at("firefox", "/usr/bin/flatpak"), []sockowner.Program{{Path: "/app/bin/firefox", System: true, Flatpak: "com.example.thief"}}, true, ""},
		{"another snap", at("chromium", "/snap/bin/chromium"), []sockowner.Program{{Path: "/snap/thief/1/chromium", System: true}}, true, ""},
		{"one that hides", at("firefox", "/usr/bin/firefox"), nil, true, ""},
		{"something else than the desktop chose", nil, []sockowner.Program{{Path: "/usr/bin/curl", System: true}}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			title := anyBrowser
			if c.browser != nil {
				title = c.browser.Title
			}
			r := Request{Visitor: func() ([]sockowner.Program, bool) { return c.visitors, c.known }}
			got, err := r.came(c.browser, title, []int{pid})
			if got != c.want || (c.want == "") != errors.Is(err, ErrTaken) {
				t.Errorf("%q, %v", got, err)
			}
			if err != nil && (vaultcore.Hint(err) == "" || len(c.visitors) > 0 && !strings.Contains(err.Error(), c.visitors[0].Path)) {
				t.Errorf("%v, hint %q", err, vaultcore.Hint(err))
			}
		})
	}
}
