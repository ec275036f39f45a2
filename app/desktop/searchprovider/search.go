package searchprovider

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/search"
)

const (
	// leastRunes is how much must be typed: one letter fits half of all profiles, and
	// the search is everything's, not ours.
	leastRunes = 2
	// mostResults is how many rows a desktop's search has for one provider.
	mostResults = 8
)

// Result is one profile as the desktop's search shows it.
type Result struct {
	Profile string // its name, which is what the person types
	Title   string // harmless to show
	Detail  string // "AWS console · role admin in 222222222222 · 3 h 40 min left"
	Exact   bool   // the very name was typed
}

// Search returns what fits the text, the best first.
func Search(snapshot vaultcore.Snapshot, text string, now time.Time) []Result {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) < leastRunes {
		return nil
	}
	profiles := slices.Clone(snapshot.Profiles)
	for i := range profiles {
		profiles[i].Region = "" // "us" is typed for much else
	}
	found := search.Profiles(profiles, text)
	results := make([]Result, 0, min(len(found), mostResults))
	for _, p := range found[:cap(results)] {
		results = append(results, Result{p.Name, vaultcore.Printable(p.Name), detail(p, now), strings.EqualFold(p.Name, text)})
	}
	return results
}

// detail says what Return does, for whom, and how the session stands.
func detail(p vaultcore.ProfileState, now time.Time) string {
	parts := []string{"AWS console", vaultcore.Printable(account(p)), standing(p, now)}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " · ")
}

func account(p vaultcore.ProfileState) string {
	in := p.Account
	if p.AccountName != "" {
		in = p.AccountName + " (" + p.Account + ")"
	}
	switch {
	case p.Role == "":
		return in
	case in == "":
		return "role " + p.Role
	default:
		return "role " + p.Role + " in " + in
	}
}

func standing(p vaultcore.ProfileState, now time.Time) string {
	switch p.State {
	case vaultcore.StateActive, vaultcore.StateEnding:
		return vaultcore.TimeLeft(p.Expires.Round(0).Sub(now.Round(0))) + " left"
	case vaultcore.StateFailed:
		return "failed"
	case vaultcore.StateWaiting:
		return "waiting for you"
	default:
		return ""
	}
}
