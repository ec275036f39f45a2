package menu

import (
	"strconv"

	"golang.org/x/text/width"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// maxName is how many columns of a name a row shows: with its mark and its
// time, a menu wider than this covers a small screen.
const maxName = 44

// names is how each profile is called in the menu, by its own name.
type names map[string]string

// nameAll finds a name for each profile that is harmless and that no other
// profile has: the account is added where two look the same, then a number.
func nameAll(profiles []vaultcore.ProfileState) names {
	count := make(map[string]int, len(profiles))
	shown := make(names, len(profiles))
	for i := range profiles {
		name := short(profiles[i].Name)
		shown[profiles[i].Name] = name
		count[name]++
	}
	if len(count) == len(profiles) {
		return shown
	}
	taken := make(map[string]bool, len(profiles))
	for i := range profiles {
		p := &profiles[i]
		name := shown[p.Name]
		if count[name] > 1 {
			name = apart(name, p.Account, taken)
		}
		taken[name] = true
		shown[p.Name] = name
	}
	return shown
}

// apart makes a name that is not taken.
func apart(name, account string, taken map[string]bool) string {
	if account != "" {
		name += " (" + vaultcore.Printable(account) + ")"
	}
	unique := name
	for n := 2; taken[unique]; n++ {
		unique = name + " #" + strconv.Itoa(n)
	}
	return unique
}

// short makes a name harmless and at most maxName columns wide. What is left out
// is from its middle: names that are long differ at their end.
func short(name string) string {
	if plain(name) {
		return name
	}
	text := vaultcore.Printable(name)
	if text == "" {
		return "(no name)"
	}
	if columns(text) <= maxName {
		return text
	}
	var shown []rune
	for _, r := range name {
		if vaultcore.Printable(string(r)) != "" {
			shown = append(shown, r)
		}
	}
	head, tail := 0, len(shown)
	for room := maxName / 2; room >= columns(string(shown[head])); head++ {
		room -= columns(string(shown[head]))
	}
	for room := maxName/2 - 1; room >= columns(string(shown[tail-1])); tail-- {
		room -= columns(string(shown[tail-1]))
	}
	return string(shown[:head]) + "…" + string(shown[tail:])
}

// columns is how wide a text is: a Chinese, Japanese or Korean character and an
// emoji take two columns, all others one.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n++
		if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// plain says whether a name can be shown as it is, without looking closer.
func plain(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	for i := range len(name) {
		if name[i] < ' ' || name[i] > '~' {
			return false
		}
	}
	return true
}

// mark is the sign before a name.
func mark(state vaultcore.State) string {
	switch state {
	case vaultcore.StateActive:
		return "●"
	case vaultcore.StateEnding:
		return "◐"
	case vaultcore.StateFailed:
		return "✕"
	case vaultcore.StateWaiting:
		return "◌"
	default:
		return "○"
	}
}

// title is a profile's row: its mark, its name, and the time left or what it
// does instead.
func (v *view) title(p *vaultcore.ProfileState) string {
	state := v.clock.state(p)
	title := mark(state) + " " + v.names[p.Name]
	switch state {
	case vaultcore.StateActive, vaultcore.StateEnding:
		return title + "   " + v.clock.left(p.Expires)
	case vaultcore.StateWaiting:
		return title + "   waits for an answer"
	case vaultcore.StateFailed:
		return title + "   failed"
	default:
		return title
	}
}

// usable says whether a click can start a session of this profile: the vault is
// open and the config file has no mistake in it.
func (v *view) usable(p *vaultcore.ProfileState) bool {
	return !v.snap.Locked && (p.Err == "" || v.clock.state(p) != vaultcore.StateNone)
}
