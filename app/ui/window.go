package app

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"

	"github.com/vaultbar/vaultbar/app/browser"
	"github.com/vaultbar/vaultbar/app/browser/redirect"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// open starts a browser that signs in, and returns what it opened. The browser
// is given a one-shot address of this machine: what signs in is in no argument.
func (s *service) open(ctx context.Context, address vaultcore.Secret, route trust.Route, r agent.LoginRequest) (string, error) {
	handed, err := redirect.Open(s.life, address)
	if err != nil {
		return "", err
	}
	s.upgrade.hold(addressEnd)
	wanted := window(s.own(), s.env.wish, r)
	wanted.Proxy = route.Via.Proxy
	wanted.Address, wanted.Visited = handed.Address(), handed.Visited()
	wanted.Visitor = func() ([]browser.Visitor, bool) { return visitors(handed.Visitor()) }
	wanted.Paged = handed.FromPage
	opened, err := s.browsers.Open(ctx, wanted)
	if errors.Is(err, browser.ErrTaken) { // who comes second is told so
		s.log.Warn("a sign-in address was taken", "profile", r.Profile, "error", err)
		return "", err
	}
	if err != nil {
		handed.Close()
		return "", err
	}
	s.log.Info("console opened", "profile", r.Profile, "browser", opened, "program", r.Caller.String(), "pid", r.Caller.PID)
	return opened, nil
}

// visitors are those who came for an address.
func visitors(v redirect.Visitor) (all []browser.Visitor, told bool) {
	for _, p := range v.Programs {
		all = append(all, browser.Visitor{Path: p.Path, System: p.System, Session: p.Session, Flatpak: p.Flatpak})
	}
	return all, v.Told
}

// window says in which window a console opens. Without containers in the browser
// that is named, an isolated console gets a browser profile of its own.
func window(own settings.Settings, wish string, r agent.LoginRequest) browser.Request {
	mine := own.Profiles[r.Profile]
	wanted := browser.Request{Browser: r.Browser, Wish: wish, Private: r.Private}
	if color, err := browser.ParseColor(mine.Color); err == nil {
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

// Browsers is part of [agent.Service].
func (s *service) Browsers(ctx context.Context) (agent.BrowsersResult, error) {
	var r agent.BrowsersResult
	for _, b := range s.browsers.Find(ctx) {
		r.Found = append(r.Found, agent.Browser{Name: b.Name, Title: b.Title, Default: b.Default})
	}
	for _, k := range s.browsers.Kept() {
		r.Kept = append(r.Kept, agent.KeptProfile{Name: k.Name, Browser: k.Browser, Used: k.Used, Open: k.Open})
	}
	return r, nil
}

// Forget is part of [agent.Service].
func (s *service) Forget(ctx context.Context, r agent.ForgetRequest) error {
	err := s.browsers.Forget(ctx, r.Name)
	switch {
	case errors.Is(err, browser.ErrNotKept):
		return vaultcore.Faultf(vaultcore.ErrRequest, "no browser profile is kept for %q", vaultcore.Printable(r.Name)).
			WithHint("`vaultbar browsers` lists them")
	case errors.Is(err, browser.ErrOpen):
		return vaultcore.Faultf(vaultcore.ErrBusy, "the browser window of %q is open", vaultcore.Printable(r.Name)).
			WithHint("close it, then try again")
	}
	return err
}

// newBrowsers makes the launcher of browsers, in the person's environment.
func newBrowsers(folders settings.Folders, env []string) *browser.Launcher {
	return &browser.Launcher{Folder: filepath.Join(folders.Data, "browsers"), Environ: env}
}
