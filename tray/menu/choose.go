package menu

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The ranks of profiles: a lower one comes first.
const (
	rankPinned = iota
	rankActive
	rankRecent
	rankReady // nothing that it needs is missing
	rankOther
)

// ranked is a profile and where it belongs. A recent one has its place among
// the recent; all others are in the order of their names.
type ranked struct {
	profile *vaultcore.ProfileState
	rank    int
	chosen  int // place in Options.Chosen, counted from its end; 0 when not there
}

// choose divides the profiles into those for the top level and the others, each
// in the order in which they are shown. The top level is always full, where there
// are enough of them.
//
// Time left plays no part in the order: rows that change places while a person
// aims at them are clicked by mistake.
func choose(profiles []vaultcore.ProfileState, chosen []string, c clock) (top, rest []*vaultcore.ProfileState) {
	all := make([]ranked, len(profiles))
	for i := range profiles {
		all[i] = rank(&profiles[i], chosen, c)
	}
	slices.SortFunc(all, compare)
	limit := min(len(all), maxTop)
	if i := slices.IndexFunc(all, func(r ranked) bool { return r.chosen > 0 && r.chosen == len(chosen) }); i >= limit {
		latest := all[i] // choosing it has to show
		all = slices.Insert(slices.Delete(all, i, i+1), limit-1, latest)
	}
	rest = make([]*vaultcore.ProfileState, 0, len(all)-limit)
	for i, r := range all {
		if i < limit {
			top = append(top, r.profile)
			continue
		}
		rest = append(rest, r.profile)
	}
	slices.SortStableFunc(rest, func(a, b *vaultcore.ProfileState) int { return strings.Compare(a.Name, b.Name) })
	return top, rest
}

func rank(p *vaultcore.ProfileState, chosen []string, c clock) ranked {
	r := ranked{profile: p, rank: rankOther}
	if i := slices.Index(chosen, p.Name); i >= 0 {
		r.chosen = len(chosen) - i
	}
	switch {
	case p.Pinned:
		r.rank = rankPinned
	case c.state(p) != vaultcore.StateNone:
		r.rank = rankActive
	case r.chosen > 0 || !p.LastUsed.IsZero():
		r.rank = rankRecent
	case conditionOf(p, vaultcore.StateNone) == ready:
		r.rank = rankReady
	}
	return r
}

func compare(a, b ranked) int {
	if a.rank != b.rank {
		return cmp.Compare(a.rank, b.rank)
	}
	if a.rank == rankRecent {
		if order := cmp.Or(cmp.Compare(b.chosen, a.chosen), b.profile.LastUsed.Compare(a.profile.LastUsed)); order != 0 {
			return order
		}
	}
	return strings.Compare(a.profile.Name, b.profile.Name)
}
