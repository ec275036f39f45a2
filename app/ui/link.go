package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/console"
)

// linkPause is how long links are not followed after the person said no to one: a
// web page must not be able to raise dialogs without end.
const linkPause = 30 * time.Second

// asker is what links ask the person with.
type asker interface {
	Confirm(ctx context.Context, m dialog.Message) (bool, error)
	Pick(ctx context.Context, what, text string, lines []string) (int, error)
}

// links are followed one at a time.
type links struct {
	ask  asker
	tell notifier

	turn     chan struct{} // holds a token while a link is followed
	declined time.Time     // guarded by turn: when the person last said no
}

func newLinks(ask asker, tell notifier) *links {
	return &links{ask: ask, tell: tell, turn: make(chan struct{}, 1)}
}

// follow does what a link wants when its turn comes, unless the person has just
// said no to one. The error is then ErrCanceled.
func (l *links) follow(ctx context.Context, do func() error) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if !l.declined.IsZero() && time.Since(l.declined) < linkPause {
		return vaultcore.Faultf(vaultcore.ErrCanceled, "links are not followed for %s after a no", vaultcore.TimeLeft(linkPause+time.Second)).
			WithHint("follow it again in a moment")
	}
	err := do()
	if errors.Is(err, vaultcore.ErrCanceled) {
		l.declined = time.Now()
	}
	return err
}

// followLink opens the console that a vaultbar:// link names. Nobody reads what
// comes back, so the person is told on the desktop.
func (s *service) followLink(ctx context.Context, r agent.LoginRequest) (result agent.LoginResult, err error) {
	wanted := agent.LoginRequest{Address: r.Address} // whatever else it could say is dropped
	err = s.links.follow(ctx, func() error {
		if wanted.Profile, err = s.admit(ctx, wanted.Address); err != nil {
			return err
		}
		wanted.Caller = atTheDesktop(wanted.Profile)
		wanted.Caller.Clicked = false // a page can open links by itself, as fast as it likes
		result, err = s.Login(ctx, wanted)
		return err
	})
	switch {
	case ctx.Err() != nil, errors.Is(err, vaultcore.ErrCanceled):
	case err != nil:
		s.tell(ctx, notify.ConsoleFailed(wanted.Profile, err.Error()))
	default:
		s.tell(ctx, notify.SignedIn(wanted.Profile))
	}
	return result, err
}

// tell shows a notice, again where it was shown before.
func (s *service) tell(ctx context.Context, n notify.Notice) {
	if err := tellAgain(ctx, s.links.tell, n); err != nil && ctx.Err() == nil {
		s.log.Warn("a notice could not be shown", "notice", n.Title, "error", err)
	}
}

// tellAgain shows a notice anew: each time that it comes about is news.
func tellAgain(ctx context.Context, to notifier, n notify.Notice) error {
	if err := to.Withdraw(ctx, n.Key); err != nil {
		return err
	}
	return to.Notify(ctx, n, nil)
}

// admit asks the person about a page that a link wants to open, unless they have
// allowed links into its account before, and returns the profile that reaches it.
func (s *service) admit(ctx context.Context, address string) (string, error) {
	page, err := console.Target{Address: address}.Resolve()
	if err != nil {
		return "", err
	}
	names, err := s.Reaches(ctx, address)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", vaultcore.Faultf(vaultcore.ErrNoProfile, "no profile reaches the account of that address").
			WithHint("`vaultbar list --long` shows the accounts that profiles reach")
	}
	if page.Account() != "" {
		if err := s.allow(ctx, page, page.Account(), names...); err != nil {
			return "", err
		}
		return s.oneOf(ctx, names)
	}
	name, err := s.oneOf(ctx, names) // whose account it is then
	if err != nil {
		return "", err
	}
	return name, s.allow(ctx, page, s.accountBehind(ctx, name), name)
}

// oneOf lets the person choose among the profiles that reach a page.
func (s *service) oneOf(ctx context.Context, names []string) (string, error) {
	if len(names) == 1 {
		return names[0], nil
	}
	at, err := s.links.ask.Pick(ctx, "Open a console", "Several profiles reach that page.", names)
	if err != nil {
		return "", err
	}
	if at < 0 {
		return "", vaultcore.ErrCanceled
	}
	return names[at], nil
}

// accountBehind is the account that a profile leads to; "" when it is not known.
func (s *service) accountBehind(ctx context.Context, name string) string {
	walk, err := s.peek(ctx, s.roster(ctx).Latest(ctx, name), agent.CredentialsRequest{Profile: name})
	if err != nil {
		return "" // the sign-in will say why
	}
	return s.accountOf(ctx, walk.Plan)
}

// allow asks once for each account; a yes is kept in the settings. Where a page
// leads is for the person to judge: some of them make things in the account at a
// click.
func (s *service) allow(ctx context.Context, page console.Destination, account string, names ...string) error {
	own := s.own()
	if own.Links || account != "" && slices.Contains(own.AccountsOfLinks(), account) {
		return nil
	}
	hint, where := "You are asked again the next time.", "an account that is not known yet"
	if account != "" {
		where = "account " + account
		hint = "Links into this account are then followed without asking. `vaultbar settings set link_accounts` followed by \"\" takes it back."
	}
	sure, err := s.links.ask.Confirm(ctx, dialog.Message{
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
	return s.Set(ctx, agent.SetRequest{Key: "link_accounts", Value: strings.Join(accounts, ", "), Caller: vaultcore.Click("")})
}
