package trust

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// maxShown is how much of an address or a path is shown.
const maxShown = 120

// Shown is the address or path of an item, safe to show.
func (i Item) Shown() string { return vaultcore.PrintableUpTo(i.Value, maxShown) }

// Question asks whether items are to be allowed, for a profile or, with an empty name,
// for none.
func Question(profile string, items []Item) string {
	effects := Effects(profile, items)
	last := len(effects) - 1
	text := effects[last]
	if last > 0 {
		text = strings.Join(effects[:last], ", ") + " and " + text
	}
	return strings.ToUpper(text[:1]) + text[1:] + "?"
}

// Effects are what allowing each item would do, on the phrase "allow Vaultbar to …".
func Effects(profile string, items []Item) []string {
	of := ""
	if profile != "" {
		of = " for " + vaultcore.Printable(profile)
	}
	var effects []string
	for _, item := range items {
		effects = append(effects, item.effect(of))
	}
	return effects
}

func (i Item) effect(of string) string {
	switch i.Kind {
	case OfEndpoint:
		return "send the requests" + of + " to " + i.Shown() + " instead of AWS"
	case OfSignIn:
		return "hand the session or the sign-in" + of + " to " + i.Shown() + " instead of AWS"
	case OfProxy:
		return "reach AWS through the proxy " + i.Shown()
	default:
		return "trust the certificates in " + i.Shown() + ", whose owner can read what is sent through a proxy"
	}
}

// titles name the kinds of items.
var titles = map[Kind]string{OfEndpoint: "endpoint", OfSignIn: "sign-in", OfProxy: "proxy", OfBundle: "certificates in"}

// Lines are the items of a use, and whether they are trusted: a line each.
func (u Use) Lines(lists Lists) []string {
	needs := u.Needs(lists, System)
	var lines []string
	for _, item := range u.Needs(Lists{}, func(string) bool { return false }) {
		trusted := "trusted"
		if slices.Contains(needs, item) {
			trusted = "not trusted: asked about before it is used"
		}
		lines = append(lines, fmt.Sprintf("%s %s (%s)", titles[item.Kind], item.Shown(), trusted))
	}
	return lines
}

// Has says whether an item is in the lists.
func (l Lists) Has(i Item) bool {
	switch i.Kind {
	case OfEndpoint:
		return slices.Contains(l.Endpoints, i.Value)
	case OfSignIn:
		return slices.Contains(l.SignIns, i.Value)
	case OfProxy:
		return slices.Contains(l.Proxies, i.Value)
	case OfCommand:
		return slices.Contains(l.Commands, i.Value)
	default:
		return l.Bundle == i.Value
	}
}
