package menu

import (
	"strconv"

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
	shown := make(names, len(profiles))
	var tooLong []long
	for i := range profiles {
		name := profiles[i].Name
		if plain(name) {
			shown[name] = name
			continue
		}
		text := harmless(name)
		if shown[name] = string(text); len(text) == 0 {
			shown[name] = noName
		}
		if columns(string(text)) > maxName {
			tooLong = append(tooLong, long{name, text})
		}
	}
	cutAll(tooLong, shown)
	tellApart(profiles, shown)
	for of, name := range shown {
		if !plain(name) {
			shown[of] = isolated(name)
		}
	}
	return shown
}

const noName = "(no name)"

// tellApart sees to it that no two names look the same.
func tellApart(profiles []vaultcore.ProfileState, shown names) {
	count := make(map[string]int, len(profiles))
	for i := range profiles {
		count[shown[profiles[i].Name]]++
	}
	if len(count) == len(profiles) {
		return
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

// short makes a name that is no profile's harmless and at most maxName columns
// wide.
func short(name string) string {
	if plain(name) {
		return name
	}
	text := harmless(name)
	if len(text) == 0 {
		return noName
	}
	return isolated(cutMiddle(text, maxName))
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
