package menu

import (
	"fmt"
	"strconv"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The kinds of action of the rows below.
const (
	Answer Kind = "answer" // bring the question that waits to the front
	Faults Kind = "faults" // say what is wrong with the config file
)

// attention is the first row: what needs the person now, and does it when
// clicked. Where several things do, the one that others wait for comes first.
func (v *view) attention() Item {
	item := Item{Key: "attention", Enabled: true}
	ending, wanted := v.ending(), v.wanted()
	switch {
	case v.asksToSignIn():
		item.Title, item.Action = signInNow(v.snap.Asking[0].SignIn, askers(v.snap.Asking[0]))
	case len(v.snap.Asking) > 0:
		item.Title, item.Action = "▲ "+v.question()+" – answer", Action{Kind: Answer}
	case v.snap.Locked:
		item.Title, item.Action = "▲ Vaultbar is locked – unlock", Action{Kind: Unlock}
	case wanted != nil:
		item.Title, item.Action = signInNow(wanted.Name, wanted.Needed)
	case ending != nil:
		item.Title = "▲ " + v.names[ending.Name] + need(ending) + v.clock.left(ending.Expires) + " – renew"
		item.Action = Action{Kind: Renew, Profile: ending.Name}
	case v.keyless():
		item.Title, item.Action = "▲ No AWS keys yet – add credentials", Action{Kind: Add}
	default:
		item.Hidden = true
	}
	return item
}

// keyless says whether there is no key that any profile could use, not even in plain
// text, though one would help.
func (v *view) keyless() bool {
	if len(v.snap.Plain) > 0 {
		return false
	}
	if len(v.snap.Profiles) == 0 {
		return len(v.snap.Keys) == 0
	}
	helps := false
	for i := range v.snap.Profiles {
		p := &v.snap.Profiles[i]
		if p.Source != "" || p.SignInName != "" {
			return false
		}
		helps = helps || conditionOf(p, v.clock.state(p)) == needsKey
	}
	return helps
}

// offersAdd says whether the first row adds credentials.
func (v *view) offersAdd() bool { return v.attention().Action.Kind == Add }

func need(p *vaultcore.ProfileState) string {
	if p.MFA != "" {
		return " needs a code in "
	}
	return " ends in "
}

// question says what waits for an answer.
func (v *view) question() string {
	if n := len(v.snap.Asking); n > 1 {
		return strconv.Itoa(n) + " questions wait"
	}
	q := v.snap.Asking[0]
	switch {
	case q.Kind == vaultcore.AskMFA:
		return v.name(q.Profile) + " needs a code"
	case q.SignIn != "":
		return "You are signing in to " + signInName(q.SignIn)
	case q.Kind == vaultcore.AskApproval:
		return "A program needs your approval"
	default:
		return "The keychain needs its passphrase"
	}
}

// ending is the profile whose session ends first without a person. Of several
// that end together it is the one that the others come from.
func (v *view) ending() *vaultcore.ProfileState {
	var first *vaultcore.ProfileState
	for i := range v.snap.Profiles {
		p := &v.snap.Profiles[i]
		if v.clock.state(p) != vaultcore.StateEnding {
			continue
		}
		if first == nil || p.Expires.Before(first.Expires) || p.Expires.Equal(first.Expires) && p.Name == first.Source {
			first = p
		}
	}
	return first
}

// faults is the row that says that the config file has mistakes. A click shows
// them whole.
func (v *view) faults() Item {
	item := Item{Key: "faults", Hidden: len(v.snap.Faults) == 0, Enabled: true, Action: Action{Kind: Faults}}
	switch n := len(v.snap.Faults); n {
	case 0:
	case 1:
		item.Title = "✕ " + vaultcore.Printable(v.snap.Faults[0])
	default:
		item.Title = fmt.Sprintf("✕ %d mistakes in %s", n, vaultcore.Printable(v.snap.Config))
	}
	return item
}

func (v *view) icon() Icon {
	living, _ := v.living()
	switch {
	case len(v.snap.Asking) > 0:
		return IconAsking
	case v.snap.Locked:
		return IconLocked
	case v.wanted() != nil, v.ending() != nil:
		return IconEnding
	case living > 0:
		return IconActive
	default:
		return IconIdle
	}
}

// living counts the profiles with a session, and returns the one that ends
// first.
func (v *view) living() (n int, first *vaultcore.ProfileState) {
	for i := range v.snap.Profiles {
		p := &v.snap.Profiles[i]
		if state := v.clock.state(p); state != vaultcore.StateActive && state != vaultcore.StateEnding {
			continue
		}
		n++
		if first == nil || p.Expires.Before(first.Expires) {
			first = p
		}
	}
	return n, first
}

func (v *view) tooltip() string {
	n, first := v.living()
	switch {
	case len(v.snap.Asking) > 0:
		return "Vaultbar: waits for an answer"
	case v.snap.Locked:
		return "Vaultbar: locked"
	case v.wanted() != nil:
		return "Vaultbar: programs wait for a sign-in"
	case n == 0:
		return "Vaultbar: no session"
	case n == 1:
		return "Vaultbar: 1 session, ends in " + v.clock.left(first.Expires)
	default:
		return fmt.Sprintf("Vaultbar: %d sessions, next ends in %s", n, v.clock.left(first.Expires))
	}
}
