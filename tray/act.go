package tray

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

const (
	// maxPerson is how long a call may take that asks the person something.
	maxPerson = 15 * time.Minute
	// maxCall is how long one may take that does not.
	maxCall = time.Minute
)

// deed is what an action does.
type deed struct {
	doing string        // for the message when it fails; %s is the profile
	limit time.Duration // how long it may take
	do    func(context.Context, menu.Action) error
}

// deeds is what each kind of action does. A kind that is not here does nothing.
func (b *bar) deeds() map[menu.Kind]deed {
	vault, desktop := b.options.Vault, b.options.Desktop
	plain := func(f func(context.Context) error) func(context.Context, menu.Action) error {
		return func(ctx context.Context, _ menu.Action) error { return f(ctx) }
	}
	return map[menu.Kind]deed{
		menu.Answer: {"ask again", maxPerson, plain(desktop.Answer)},
		menu.Unlock: {"unlock", maxPerson, func(ctx context.Context, _ menu.Action) error {
			return vault.Unlock(ctx, agent.UnlockRequest{Caller: vaultcore.Click("")})
		}},
		menu.Lock:   {"lock", maxCall, plain(vault.Lock)},
		menu.Choose: {"start the session of %s", maxPerson, b.chooseAndStart},
		menu.Start:  {"start the session of %s", maxPerson, b.start},
		menu.Renew: {"renew the session of %s", maxPerson, func(ctx context.Context, a menu.Action) error {
			return vault.Renew(ctx, request(a.Profile))
		}},
		menu.End: {"end the session of %s", maxCall, func(ctx context.Context, a menu.Action) error {
			_, err := vault.Clear(ctx, agent.ClearRequest{Profile: a.Profile, Caller: vaultcore.Click(a.Profile)})
			return err
		}},
		menu.Console: {"open the console of %s", maxPerson, func(ctx context.Context, a menu.Action) error {
			return b.options.Console.OpenConsole(ctx, a.Profile, a.Value)
		}},
		menu.Terminal: {"open a terminal in %s", maxPerson, func(ctx context.Context, a menu.Action) error {
			return desktop.OpenTerminal(ctx, a.Profile)
		}},
		menu.Copy: {"copy the credentials of %s", maxPerson, func(ctx context.Context, a menu.Action) error {
			return desktop.Copy(ctx, a.Profile, a.Value)
		}},
		menu.Remove: {"remove the credentials of %s", maxPerson, func(ctx context.Context, a menu.Action) error {
			return desktop.RemoveCredentials(ctx, a.Profile)
		}},
		menu.Set: {"change the setting", maxCall, func(ctx context.Context, a menu.Action) error {
			return vault.Set(ctx, agent.SetRequest{Profile: a.Profile, Key: a.Setting, Value: a.Value, Caller: vaultcore.Click(a.Profile)})
		}},
		menu.CopyID: {"copy the account id of %s", maxCall, func(ctx context.Context, a menu.Action) error {
			return desktop.CopyID(ctx, a.Profile, a.Value)
		}},
		menu.Explain: {"explain %s", maxPerson, func(ctx context.Context, a menu.Action) error {
			return desktop.Explain(ctx, a.Profile)
		}},
		menu.Faults: {"say what is wrong with the config file", maxPerson, plain(desktop.Faults)},
		menu.Find:   {"find a profile", maxPerson, b.findAndAct},
		menu.Add: {"add credentials", maxPerson, func(ctx context.Context, a menu.Action) error {
			return desktop.AddCredentials(ctx, a.Profile)
		}},
		menu.About:   {"say what this is", maxPerson, plain(desktop.About)},
		menu.OpenLog: {"open the log file", maxPerson, plain(desktop.OpenLog)},
		menu.Quit:    {"quit", maxCall, plain(vault.Stop)},
	}
}

// obey looks the row of a click up in the menu that is shown, and begins what it
// does. An action that is still under way is not begun twice: its dialog is
// open.
func (b *bar) obey(ctx context.Context, c click) {
	row := b.rows[c.row]
	if !row.obeys(c.at) {
		b.log.Debug("a click came too late", "row", row.item.Key)
		return
	}
	action := row.item.Action
	deed, ok := b.deeds()[action.Kind]
	if !ok || b.running[action] {
		return
	}
	b.running[action] = true
	go func() {
		b.perform(ctx, deed, action)
		select {
		case b.finished <- action:
		case <-b.stopped:
		}
	}()
}

// perform does what was clicked and tells the person when it fails. What they
// cancelled needs no words.
func (b *bar) perform(ctx context.Context, d deed, action menu.Action) {
	limited, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	err := d.do(limited, action)
	if err == nil || errors.Is(err, vaultcore.ErrCanceled) || ctx.Err() != nil {
		return
	}
	doing := d.doing
	if strings.Contains(doing, "%s") {
		doing = fmt.Sprintf(doing, vaultcore.Printable(action.Profile))
	}
	told, done := context.WithTimeout(ctx, maxPerson)
	defer done()
	b.options.Desktop.Failed(told, doing, action.Profile, err)
}

// start makes a session of a profile. Its credentials stay where they are.
func (b *bar) start(ctx context.Context, a menu.Action) error {
	_, err := b.options.Vault.Credentials(ctx, request(a.Profile))
	return err
}

// chooseAndStart brings a profile to the top level and starts its session.
func (b *bar) chooseAndStart(ctx context.Context, a menu.Action) error {
	if err := b.chose(a.Profile); err != nil {
		return err
	}
	return b.start(ctx, a)
}

// chose brings a profile to the top level.
func (b *bar) chose(profile string) error {
	select {
	case b.chosen <- profile:
		return nil
	case <-b.stopped:
		return context.Canceled
	}
}

// findAndAct lets the person find a profile, then choose what to do with it, as
// in the profile's own menu.
func (b *bar) findAndAct(ctx context.Context, _ menu.Action) error {
	profile, err := b.options.Desktop.FindProfile(ctx)
	if err != nil || profile == "" {
		return err
	}
	if err := b.chose(profile); err != nil {
		return err
	}
	snap, err := b.options.Vault.Snapshot(ctx)
	if err != nil {
		return err
	}
	offered := menu.Actions(snap, time.Now(), menu.Options{Console: b.options.Console != nil}, profile)
	titles := make([]string, len(offered))
	for i, item := range offered {
		titles[i] = item.Title
	}
	at, err := b.options.Desktop.ChooseAction(ctx, profile, titles)
	if err != nil || at < 0 || at >= len(offered) {
		return err
	}
	action := offered[at].Action
	b.perform(ctx, b.deeds()[action.Kind], action)
	return nil
}

func request(profile string) agent.CredentialsRequest {
	return agent.CredentialsRequest{Profile: profile, Caller: vaultcore.Click(profile)}
}
