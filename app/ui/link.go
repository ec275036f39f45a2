package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// linkPause is the cool-down after a declined link: a
// web page must not be able to raise dialogs without end.
const linkPause = 30 * time.Second

// asker is what links ask the person with.
type asker interface {
	Confirm(ctx context.Context, m dialog.Message) (bool, error)
	Pick(ctx context.Context, what, text string, lines []string) (int, error)
}

// linked is what links need of the vault.
type linked interface {
	agent.Service
	// Account is the account that a profile leads to; "" when it is not known.
	Account(ctx context.Context, profile string) string
	// AccountLabel is an account's id, with its name where that is known.
	AccountLabel(account string) string
}

// Links is a vault whose Login also follows vaultbar:// links, one at a time.
type Links struct {
	linked
	settings func() settings.Settings
	asker    asker
	desktop  *Desktop

	following *semaphore.Weighted
	declined  time.Time // guarded by following: when the person last said no
}

// NewLinks makes links on a vault, which ask and tell at a desktop.
func NewLinks(vault linked, own func() settings.Settings, desktop *Desktop) *Links {
	return &Links{linked: vault, settings: own, asker: desktop.dialogs, desktop: desktop, following: semaphore.NewWeighted(1)}
}

// Login is part of [agent.Service].
func (l *Links) Login(ctx context.Context, r agent.LoginRequest) (agent.LoginResult, error) {
	if r.Link {
		return l.open(ctx, r.Address)
	}
	return l.linked.Login(ctx, r)
}

// follow does what a link wants when its turn comes, unless the person has just
// said no to one. The error is then ErrCanceled.
func (l *Links) follow(ctx context.Context, do func() error) error {
	if err := l.following.Acquire(ctx, 1); err != nil {
		return err
	}
	defer l.following.Release(1)
	if !l.declined.IsZero() && time.Since(l.declined) < linkPause {
		return vaultcore.Faultf(vaultcore.ErrCanceled, "link ignored: you declined one a moment ago").
			WithHint("follow it again in a moment")
	}
	err := do()
	if errors.Is(err, vaultcore.ErrCanceled) {
		l.declined = time.Now()
	}
	return err
}

// open opens the console that a link names. Nobody reads what comes back, so the
// person is told on the desktop.
func (l *Links) open(ctx context.Context, address string) (result agent.LoginResult, err error) {
	wanted := agent.LoginRequest{Address: address} // whatever else the link could say is dropped
	err = l.follow(ctx, func() error {
		if wanted.Profile, err = l.admit(ctx, wanted.Address); err != nil {
			return err
		}
		wanted.Caller = vaultcore.Click(wanted.Profile)
		wanted.Caller.Clicked = false // a page can open links by itself, as fast as it likes
		result, err = l.linked.Login(ctx, wanted)
		return err
	})
	switch {
	case ctx.Err() != nil, errors.Is(err, vaultcore.ErrCanceled):
	case err != nil:
		_ = l.desktop.tell(ctx, notify.ConsoleFailed(wanted.Profile, err.Error()))
	default:
		_ = l.desktop.tell(ctx, notify.SignedIn(wanted.Profile))
	}
	return result, err
}

// admit asks the person about a page that a link wants to open, unless they have
// allowed links into its account before, and returns the profile that reaches it.
func (l *Links) admit(ctx context.Context, address string) (string, error) {
	page, err := console.Target{Address: address}.Resolve()
	if err != nil {
		return "", err
	}
	names, err := l.ProfilesFor(ctx, address)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", vaultcore.Faultf(vaultcore.ErrNoProfile, "no profile has access to the account of that address").
			WithHint("`vaultbar list --long` shows the account of each profile")
	}
	if page.Account() != "" {
		if err := l.allow(ctx, page, page.Account(), names...); err != nil {
			return "", err
		}
		return l.oneOf(ctx, names)
	}
	name, err := l.oneOf(ctx, names) // whose account it is then
	if err != nil {
		return "", err
	}
	return name, l.allow(ctx, page, l.Account(ctx, name), name)
}

// oneOf lets the person choose among the profiles that reach a page.
func (l *Links) oneOf(ctx context.Context, names []string) (string, error) {
	if len(names) == 1 {
		return names[0], nil
	}
	at, err := l.asker.Pick(ctx, "Open a console", "Several profiles have access to that page.", names)
	if err != nil {
		return "", err
	}
	return names[at], nil
}

// allow asks once for each account; a yes is kept in the settings. Where a page
// leads is for the person to judge: some of them make things in the account at a
// click.
func (l *Links) allow(ctx context.Context, page console.Destination, account string, names ...string) error {
	own := l.settings()
	if own.Links || account != "" && slices.Contains(own.AccountsOfLinks(), account) {
		return nil
	}
	hint, where := "You are asked again the next time.", "an account that Vaultbar does not know yet"
	if account != "" {
		where = "account " + l.AccountLabel(account)
		hint = "Links to this account are then followed without asking. `vaultbar settings set link_accounts` followed by \"\" undoes it."
	}
	sure, err := l.asker.Confirm(ctx, dialog.Message{
		Title: "A link wants to open a console", Risky: true, Yes: "Open",
		Text: "A link on a web page wants to open this page of " + where + ", signed in as " + strings.Join(names, " or ") + ":\n" + page.String(),
		Hint: hint,
	})
	if err != nil {
		return err
	}
	if !sure {
		return vaultcore.ErrCanceled
	}
	if account == "" {
		return nil
	}
	accounts := append(own.AccountsOfLinks(), account)
	return l.Set(ctx, agent.SetRequest{Key: "link_accounts", Value: strings.Join(accounts, ", "), Caller: vaultcore.Click("")})
}
