package vault

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// A setting that protects something can be tightened by any program of the
// person's, and loosened by the person alone: they are asked, and told. Whoever
// edits the settings file by hand is not asked, so what that gives up is told as
// well, at the latest when the app starts again: it remembers how the settings
// were.

// approve asks the person whether a setting may be loosened, by a dialog where they clicked
// in the menu: any program of theirs can click there for them, over the session bus.
func (v *Vault) approve(ctx context.Context, r agent.SetRequest) error {
	before := v.settings.Now()
	after, err := before.Would(r.Profile, r.Key, r.Value)
	if err != nil {
		return err
	}
	loosened := settings.Loosened(before, after)
	if len(loosened) == 0 {
		return nil
	}
	what := loosened[0]
	_, err = v.prompter.Ask(vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller)), vaultcore.Approval(
		change(what)+"? "+what.Gives,
		vaultcore.Choice{ID: "no", Label: "No"}, vaultcore.Choice{ID: "yes", Label: "Allow"}))
	if errors.Is(err, vaultcore.ErrNobodyToAsk) {
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "%s = %s weakens a protection, and there is nobody to ask: no terminal, no desktop", named(what), vaultcore.Printable(what.Value)).
			WithHint("edit %s by hand, then restart Vaultbar with `vaultbar stop`", v.settings.File())
	}
	return err
}

// Protection is what protects a profile: its own settings, and those of every profile that
// reaches the same, in the caller's config and in the person's, or the same as what it
// starts from, but for keys. A program can write another profile for a protected role into
// a config file, or one that goes on from there to another role, but not take it from
// behind the question.
func (v *Vault) Protection(ctx context.Context, profile string) settings.Profile {
	theirs := v.liveConfig(ctx).Latest(ctx, profile).Profiles
	users := v.liveConfig(context.Background()).Latest(ctx, "").Profiles
	rule, _ := v.settings.Now().Protection(theirs, users)(profile)
	return rule
}

// change is what a person is asked to allow: "Set agents to allow".
func change(what settings.Loosening) string {
	if what.Value == "" {
		return "Clear " + named(what)
	}
	return "Set " + named(what) + " to " + vaultcore.PrintableUpTo(what.Value, 200)
}

// named is a setting as a person is told of it.
func named(what settings.Loosening) string {
	if what.Profile == "" {
		return what.Key
	}
	return what.Key + " of " + vaultcore.Printable(what.Profile)
}

// memory is the file that remembers the settings which protect something.
func (v *Vault) memory() string { return filepath.Join(v.paths.State, "protections.ini") }

// loosened tells what a change of the settings gave up, and remembers them. What
// Vaultbar has not written itself was an edit of the file by hand.
func (v *Vault) loosened(before, after settings.Settings, written ...agent.SetRequest) {
	for _, what := range settings.Loosened(before, after) {
		if !slices.ContainsFunc(written, func(r agent.SetRequest) bool { return r.Profile == what.Profile && r.Key == what.Key }) {
			v.trail.Edited(what.Profile, what.Key, what.Value)
		}
		v.log.Warn("a setting protects less than before", "setting", what.Key, "profile", what.Profile, "value", what.Value)
		go v.desktop.Loosened(v.life, named(what), what.Value, what.Gives)
	}
	v.remember(after)
}

func (v *Vault) remember(own settings.Settings) {
	if err := settings.Remember(v.memory(), own); err != nil {
		v.log.Warn("the settings that protect something could not be remembered: an edit of them by hand may go untold", "error", err)
	}
}

// LoosenedSince tells what an edit of the settings file gave up since the app last
// ran. The first time there is nothing to compare with. It is called before anybody
// can change a setting.
func (v *Vault) LoosenedSince() {
	own := v.settings.Now()
	if before, ok := settings.Remembered(v.memory()); ok {
		v.loosened(before, own)
		return
	}
	v.remember(own)
}
