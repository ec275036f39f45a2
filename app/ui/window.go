package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"

	"github.com/vaultbar/vaultbar/app/browser"
	"github.com/vaultbar/vaultbar/app/browser/redirect"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// Browsers opens consoles in the person's browsers.
type Browsers struct {
	Launcher  *browser.Launcher
	Settings  func() settings.Settings
	Preferred string          // the person's BROWSER
	Life      context.Context // of the one-shot addresses
	Hold      func()          // keeps the app as it is while such an address may be fetched
	Log       *slog.Logger

	warned atomic.Bool // that BROWSER names nothing
}

// NewLauncher makes the launcher of browsers, in the person's environment.
func NewLauncher(folders appdirs.Folders, env []string) *browser.Launcher {
	return &browser.Launcher{Folder: filepath.Join(folders.Data, "browsers"), Environ: env}
}

// Open starts a browser that signs in, and returns what it opened. The browser is
// given a one-shot address of this machine: what signs in is in no argument.
func (b *Browsers) Open(ctx context.Context, signIn vaultcore.Secret, proxy string, r agent.LoginRequest) (string, []string, error) {
	handed, err := redirect.Open(b.Life, signIn)
	if err != nil {
		return "", nil, err
	}
	b.Hold()
	wanted := window(b.Settings(), b.Preferred, r)
	wanted.Proxy = proxy
	wanted.Address, wanted.Visited = handed.Address(), handed.Visited()
	wanted.Visitor, wanted.Paged = handed.Visitor, handed.FromPage
	opened, err := b.Launcher.Open(ctx, wanted)
	if errors.Is(err, browser.ErrTaken) { // who comes second is told so
		b.Log.Warn("a sign-in address was taken", "profile", r.Profile, "error", err)
		return "", nil, err
	}
	if err != nil {
		handed.Close()
		return "", nil, err
	}
	if r.Profile == "" {
		b.Log.Info("sign-in page opened", "browser", opened)
	} else {
		b.Log.Info("console opened", "profile", r.Profile, "browser", opened, "program", r.Caller.String(), "pid", r.Caller.PID)
	}
	if r.Browser == "" && b.Launcher.PassesOver(b.Preferred) && !b.warned.Swap(true) {
		return opened, []string{fmt.Sprintf("BROWSER names no browser that Vaultbar knows: %s; `vaultbar browsers` lists them", vaultcore.Printable(b.Preferred))}, nil
	}
	return opened, nil, nil
}

// window says in which window a console opens. Without containers in the browser
// that is named, an isolated console gets a browser profile of its own. That of a
// protected profile is red, unless another color is set.
func window(own settings.Settings, preferred string, r agent.LoginRequest) browser.Request {
	mine := own.Profiles[r.Profile]
	wanted := browser.Request{Browser: r.Browser, Preferred: preferred, Private: r.Private}
	chosen := mine.Color
	if chosen == "" && mine.Protected.Asks() {
		chosen = "red"
	}
	if color, err := browser.ParseColor(chosen); err == nil {
		wanted.Color = color
	}
	isolated := own.Isolated
	if mine.Isolated != settings.Inherit && mine.Isolated != "" {
		isolated = mine.Isolated == "yes"
	}
	if r.Isolated != agent.IsolatedAsSet {
		isolated = r.Isolated == agent.IsolatedYes
	}
	name := cmp.Or(r.IsolatedAs, r.Profile)
	switch {
	case isolated && own.Containers && browser.HasContainers(r.Browser):
		wanted.Container = name
	case isolated:
		wanted.Isolated = name
	}
	return wanted
}

// Browsers lists what is installed and which browser profiles are kept.
func (b *Browsers) Browsers(ctx context.Context) (agent.BrowsersResult, error) {
	var r agent.BrowsersResult
	for _, f := range b.Launcher.Find(ctx) {
		r.Found = append(r.Found, agent.Browser{Name: f.Name, Title: f.Title, Default: f.Default})
	}
	for _, k := range b.Launcher.Profiles() {
		r.Kept = append(r.Kept, agent.KeptProfile{Name: k.Name, Browser: k.Browser, Used: k.Used, Open: k.Open})
	}
	return r, nil
}

// RemoveBrowserProfile removes a browser profile that is kept.
func (b *Browsers) RemoveBrowserProfile(ctx context.Context, r agent.BrowserProfileRequest) error {
	err := b.Launcher.RemoveProfile(ctx, r.Name)
	switch {
	case errors.Is(err, browser.ErrNoProfile):
		return vaultcore.Faultf(vaultcore.ErrRequest, "there is no browser profile for %q", vaultcore.Printable(r.Name)).
			WithHint("`vaultbar browsers` lists them")
	case errors.Is(err, browser.ErrOpen):
		return vaultcore.Faultf(vaultcore.ErrBusy, "the browser window of %q is open", vaultcore.Printable(r.Name)).
			WithHint("close it, then try again")
	}
	return err
}
