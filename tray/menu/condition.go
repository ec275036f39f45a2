package menu

import (
	"github.com/vaultbar/vaultbar/vaultcore"
)

// Choose brings the profile to the top level and starts its session.
const Choose Kind = "choose"

// condition is what can be done with a profile now.
type condition int

// The conditions.
const (
	ready    condition = iota // it has no session and can have one
	lives                     // it has one
	waits                     // a question about it is open
	fails                     // the last try failed; another may not
	needsKey                  // the key that it needs is not kept
	broken                    // it has no plan: the config file has a mistake, mostly
)

// helpless says whether trying again would help nothing.
func (c condition) helpless() bool { return c >= needsKey }

func (v *view) condition(p *vaultcore.ProfileState) condition {
	return conditionOf(p, v.clock.state(p))
}

func conditionOf(p *vaultcore.ProfileState, state vaultcore.State) condition {
	switch {
	case state == vaultcore.StateActive || state == vaultcore.StateEnding:
		return lives
	case state == vaultcore.StateWaiting:
		return waits
	case state == vaultcore.StateFailed:
		return fails
	case p.Wants != "":
		return needsKey
	case p.Err != "":
		return broken
	default:
		return ready
	}
}

// mark is the sign before a profile's name.
func (v *view) mark(p *vaultcore.ProfileState) string {
	shown := *p
	shown.State = v.clock.state(p)
	return shown.Mark()
}

// title is a profile's row: its mark, its name, whether it is protected, and the time left or what else
// the mark means, in words, for those who do not see it. No session goes without
// saying.
func (v *view) title(p *vaultcore.ProfileState) string {
	title, gap := v.mark(p)+" "+v.names[p.Name], "   "
	if p.Protected {
		title, gap = title+gap+"protected", ", "
	}
	if words := v.words(p); words != "" {
		title += gap + words
	}
	return title
}

// beside is the picture beside a profile's row.
func (v *view) beside(p *vaultcore.ProfileState) Beside {
	switch {
	case p.Protected:
		return Red
	case v.red:
		return Blank
	default:
		return Nothing
	}
}

func (v *view) words(p *vaultcore.ProfileState) string {
	shown := *p
	switch shown.State = v.clock.state(p); shown.State {
	case vaultcore.StateActive:
		return v.clock.left(p.Expires)
	case vaultcore.StateEnding:
		return "ends in " + v.clock.left(p.Expires)
	default:
		return shown.Trouble()
	}
}

// usable says whether a click can start a session of this profile: the vault is
// open and nothing that it needs is missing.
func (v *view) usable(p *vaultcore.ProfileState) bool {
	return !v.snap.Locked && !v.condition(p).helpless()
}

// choice is what a click does on a profile that has no menu of its own.
func (v *view) choice(p *vaultcore.ProfileState) (enabled bool, a Action) {
	if v.condition(p).helpless() {
		row := v.session(p)
		return row.Enabled, row.Action
	}
	return v.usable(p), Action{Kind: Choose, Profile: p.Name}
}
