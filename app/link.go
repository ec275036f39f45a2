package main

import (
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// linkPause is how long links are not followed after the person said no to one: a
// web page must not be able to raise dialogs without end.
const linkPause = 30 * time.Second

// asker is what links ask the person with.
type asker interface {
	Confirm(ctx context.Context, m desktop.Message) (bool, error)
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
		s.tell(ctx, desktop.ConsoleFailed(wanted.Profile, err.Error()))
	default:
		s.tell(ctx, desktop.SignedIn(wanted.Profile))
	}
	return result, err
}

// tell shows a notice, again where it was shown before.
func (s *service) tell(ctx context.Context, n desktop.Notice) {
	if err := tellAgain(ctx, s.links.tell, n); err != nil && ctx.Err() == nil {
		s.log.Warn("a notice could not be shown", "notice", n.Title, "error", err)
	}
}

// tellAgain shows a notice anew: each time that it comes about is news.
func tellAgain(ctx context.Context, to notifier, n desktop.Notice) error {
	if err := to.Withdraw(ctx, n.Key); err != nil {
		return err
	}
	return to.Notify(ctx, n, nil)
}

// admit asks the person about a console that a link wants to open, unless they
// have allowed links before, and returns the profile that reaches it.
func (s *service) admit(ctx context.Context, address string) (string, error) {
	names, err := s.Reaches(ctx, address)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", vaultcore.Faultf(vaultcore.ErrNoProfile, "no profile reaches the account of that address").
			WithHint("`vaultbar list --long` shows the accounts that profiles reach")
	}
	if !s.own().Links {
		if err := s.askForLinks(ctx); err != nil {
			return "", err
		}
	}
	if len(names) == 1 {
		return names[0], nil
	}
	at, err := s.links.ask.Pick(ctx, "open a console", "Several profiles reach that account.", names)
	if err != nil {
		return "", err
	}
	if at < 0 {
		return "", vaultcore.ErrCanceled
	}
	return names[at], nil
}

// askForLinks asks once; a yes is kept in the settings.
func (s *service) askForLinks(ctx context.Context) error {
	sure, err := s.links.ask.Confirm(ctx, desktop.Message{
		Title: "vaultbar:// link", Risky: true, Yes: "Allow",
		Text: "A link wants to open an AWS console with your credentials. Allow such links? They lead to AWS's consoles only.",
		Hint: "vaultbar settings set links no   takes it back.",
	})
	if err != nil {
		return err
	}
	if !sure {
		return vaultcore.ErrCanceled
	}
	return s.Set(ctx, agent.SetRequest{Key: "links", Value: "yes", Caller: vaultcore.Click("")})
}
