package ui

import (
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/browser"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

func TestWindow(t *testing.T) {
	set := func(all, containers bool, one settings.Choice, color string) settings.Settings {
		return settings.Settings{Isolated: all, Containers: containers, Profiles: map[string]settings.Profile{"prod": {Isolated: one, Color: color}}}
	}
	ask := func(how agent.Isolation, as, browser string) agent.LoginRequest {
		return agent.LoginRequest{Profile: "prod", Isolated: how, IsolatedAs: as, Browser: browser}
	}
	usual := browser.Request{Preferred: "lynx"}
	own := browser.Request{Preferred: "lynx", Isolated: "prod"}
	contained := browser.Request{Preferred: "lynx", Container: "prod"}
	for _, c := range []struct {
		name string
		own  settings.Settings
		ask  agent.LoginRequest
		want browser.Request
	}{
		{"nothing set", settings.Settings{}, ask("", "", ""), usual},
		{"nothing set for this one", settings.Settings{Isolated: true}, ask("", "", ""), own},
		{"all isolated", set(true, false, settings.Inherit, ""), ask("", "", ""), own},
		{"all but this one", set(true, false, "no", ""), ask("", "", ""), usual},
		{"this one", set(false, false, "yes", ""), ask("", "", ""), own},
		{"--isolated", set(false, false, "no", ""), ask(agent.IsolatedYes, "", ""), own},
		{"--isolated=other", set(false, false, settings.Inherit, ""), ask(agent.IsolatedYes, "other", ""), browser.Request{Preferred: "lynx", Isolated: "other"}},
		{"--no-isolated", set(true, true, "yes", ""), ask(agent.IsolatedNo, "", ""), usual},
		{"containers alone", set(false, true, settings.Inherit, ""), ask("", "", ""), usual},
		{"isolated in containers", set(true, true, settings.Inherit, ""), ask("", "", ""), contained},
		{"isolated in containers, in Firefox", set(true, true, settings.Inherit, ""), ask("", "", "Firefox"),
			browser.Request{Preferred: "lynx", Browser: "Firefox", Container: "prod"}},
		{"isolated in containers, in Chromium", set(true, true, settings.Inherit, ""), ask("", "", "chromium"),
			browser.Request{Preferred: "lynx", Browser: "chromium", Isolated: "prod"}},
		{"color", set(false, false, "yes", "c00"), ask("", "", ""), browser.Request{Preferred: "lynx", Isolated: "prod", Color: "#cc0000"}},
		{"color of a container", set(true, true, settings.Inherit, "red"), ask("", "", ""),
			browser.Request{Preferred: "lynx", Container: "prod", Color: "#d70022"}},
		{"protected", settings.Settings{Profiles: map[string]settings.Profile{"prod": {Isolated: "yes", Protected: settings.Asked}}}, ask("", "", ""),
			browser.Request{Preferred: "lynx", Isolated: "prod", Color: "#d70022"}},
		{"protected, of another color", settings.Settings{Profiles: map[string]settings.Profile{"prod": {Isolated: "yes", Protected: settings.Typed, Color: "c00"}}}, ask("", "", ""),
			browser.Request{Preferred: "lynx", Isolated: "prod", Color: "#cc0000"}},
		{"a color that is none", set(false, false, "yes", "reddish"), ask("", "", ""), own},
		{"private", set(false, false, "yes", ""), agent.LoginRequest{Profile: "prod", Private: true},
			browser.Request{Preferred: "lynx", Isolated: "prod", Private: true}},
	} {
		got, want := window(c.own, "lynx", c.ask), c.want
		if got.Browser != want.Browser || got.Preferred != want.Preferred || got.Isolated != want.Isolated || got.Container != want.Container ||
			got.Color != want.Color || got.Private != want.Private || got.Address != "" || got.Visited != nil {
			t.Errorf("%s: %+v, want %+v", c.name, got, want)
		}
	}
}

func TestAConsoleThatDoesNotOpenKeepsItsAddressToItself(t *testing.T) {
	held := false
	b := &Browsers{
		Launcher: &browser.Launcher{Folder: t.TempDir(), Programs: []string{t.TempDir()}}, Settings: func() settings.Settings { return settings.Settings{} },
		Life: t.Context(), Hold: func() { held = true }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	_, _, err := b.Open(t.Context(), vaultcore.NewSecret("https://signin.aws.amazon.com/federation?SigninToken=x"), "", agent.LoginRequest{Browser: "no-such-browser"})
	if err == nil || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "Signin") || !held {
		t.Errorf("without a browser: %v; held: %t", err, held)
	}
}

// Every color that has a name in the settings has one in the browser.
func TestColorsAreKnown(t *testing.T) {
	for _, name := range settings.Colors() {
		if c, err := browser.ParseColor(name); err != nil || c == "" {
			t.Errorf("%s: %q, %v", name, c, err)
		}
	}
}
