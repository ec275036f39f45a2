package settings

import (
	"slices"
	"strings"
	"unicode"
)

// production are the words in a profile's name by which people mean production; before
// one of notProduction they mean something else.
var (
	production    = []string{"live", "prod", "production"}
	notProduction = []string{"no", "non", "not", "pre"}
)

// honban is production in Japanese, which puts no marks between words; with one of
// notHonban around it, it is something else.
const honban = "本番"

var notHonban = []string{"非本番", "準本番", "本番前", "本番以外"}

// LooksLikeProduction says whether a profile's name has a word for production in it:
// prod-admin, myProduction, 本番; not product-catalog, nor non-prod. It is a reason to
// propose that the profile be protected, and no more.
func LooksLikeProduction(name string) bool {
	all := words(name)
	for i, word := range all {
		if slices.Contains(production, word) && (i == 0 || !slices.Contains(notProduction, all[i-1])) {
			return true
		}
	}
	return strings.Contains(name, honban) && !slices.ContainsFunc(notHonban, func(other string) bool { return strings.Contains(name, other) })
}

// words are the words of a name in small letters: what is between other characters than
// letters, and in camelCase what begins with a capital.
func words(name string) []string {
	var all []string
	start, before := -1, ' ' // where the word begins, -1 for in none; the character before
	for i, r := range name {
		letter := unicode.IsLetter(r)
		if start >= 0 && (!letter || unicode.IsUpper(r) && unicode.IsLower(before)) {
			all = append(all, strings.ToLower(name[start:i]))
			start = -1
		}
		if letter && start < 0 {
			start = i
		}
		before = r
	}
	if start >= 0 {
		all = append(all, strings.ToLower(name[start:]))
	}
	return all
}
