// Package search finds the profiles that a person means: by words of a name, an
// account's id or name, a role, or an ARN or address that they have at hand. It is pure, and
// the same at the terminal and in the dialogs.
//
// Start with [Profiles]; [Row] is how one is shown in a list.
package search

import (
	"net/url"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// wanted is what a person looks for: words, and what an ARN or an address says.
type wanted struct {
	words   []string // lower case; all must be found
	account string   // 12 digits
	role    string   // lower case
}

// read understands a query: a name, an account id (with dashes or without), a
// role's or session's ARN, or the address of a console, a switch-role link or an
// access portal.
func read(query string) wanted {
	query = strings.TrimSpace(query)
	if a, ok := aws.ParseARN(query); ok {
		return readARN(a)
	}
	if strings.HasPrefix(query, "https://") || strings.HasPrefix(query, "http://") {
		if u, err := url.Parse(query); err == nil {
			return readAddress(u)
		}
	}
	words := strings.Fields(strings.ToLower(query))
	for i, word := range words {
		if plain := strings.ReplaceAll(word, "-", ""); len(word) == len("1111-2222-3333") && aws.IsAccount(plain) {
			words[i] = plain
		}
	}
	return wanted{words: words}
}

// readARN takes the account and, where there is one, the role from an ARN. The
// session of a role names it too.
func readARN(a aws.ARN) wanted {
	w := wanted{account: a.Account}
	switch kind, rest, _ := strings.Cut(a.Resource, "/"); kind {
	case "role":
		w.role = strings.ToLower(a.Name()) // what stands between is the role's path
	case "assumed-role":
		role, _, _ := strings.Cut(rest, "/")
		w.role = strings.ToLower(role)
	}
	return w
}

// readAddress takes the account and the role from an address of AWS. An account
// alias, which is no number, is looked for as a word.
func readAddress(u *url.URL) wanted {
	values := u.Query()
	if _, query, ok := strings.Cut(u.Fragment, "?"); ok { // access portals have it there
		if more, err := url.ParseQuery(query); err == nil {
			for name, value := range more {
				values[name] = value
			}
		}
	}
	w := wanted{
		account: first(values, "account", "account_id", "accountId"),
		role:    strings.ToLower(first(values, "roleName", "role_name")),
	}
	host, _, _ := strings.Cut(u.Hostname(), ".")
	if own, _, _ := strings.Cut(host, "-"); w.account == "" && aws.IsAccount(own) {
		w.account = own
	}
	if w.account == "" {
		w.account = accountIn(u.String())
	}
	if alias, ok := strings.CutSuffix(u.Hostname(), ".signin.aws.amazon.com"); ok && w.account == "" {
		w.words = []string{strings.ToLower(alias)}
	}
	if w.account == "" && w.role == "" && len(w.words) == 0 {
		w.words = []string{strings.ToLower(u.String())} // nothing is to match, rather than everything
	}
	return w
}

// accountIn returns the first account id in a text, or "".
func accountIn(text string) string {
	inWord := func(r rune) bool {
		return r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	}
	for number := range strings.FieldsFuncSeq(text, func(r rune) bool { return !inWord(r) }) {
		if aws.IsAccount(number) {
			return number
		}
	}
	return ""
}

func first(values url.Values, names ...string) string {
	for _, name := range names {
		if value := values.Get(name); value != "" {
			return value
		}
	}
	return ""
}

// How well a row fits; the lower the better.
const (
	exact = iota
	beginning
	inside
	beside // found in the account, its name or the role
	never
)

// fit says how well a row fits what is wanted.
func (w wanted) fit(row vaultcore.ProfileState) int {
	if w.account != "" && row.Account != w.account || w.role != "" && !sameRole(row.Role, w.role) {
		return never
	}
	name := strings.ToLower(row.Name)
	all := strings.Join([]string{name, row.Account, strings.ToLower(row.AccountName), strings.ToLower(row.Role), row.Region}, "\n")
	for _, word := range w.words {
		if !strings.Contains(all, word) {
			return never
		}
	}
	switch phrase := strings.Join(w.words, " "); {
	case name == phrase:
		return exact
	case phrase != "" && strings.HasPrefix(name, phrase):
		return beginning
	case phrase != "" && strings.Contains(name, phrase):
		return inside
	default:
		return beside
	}
}

// sameRole compares role names. Roles of IAM Identity Center carry the name of
// their permission set between a prefix and a suffix.
func sameRole(have, want string) bool {
	have = strings.ToLower(have)
	return have == want || strings.HasPrefix(have, "awsreservedsso_"+want+"_") || strings.HasPrefix(want, "awsreservedsso_"+have+"_")
}

// Profiles returns the profiles that fit a query, the best first, and in their
// order where they fit alike. The empty query fits all.
func Profiles(profiles []vaultcore.ProfileState, query string) []vaultcore.ProfileState {
	w := read(query)
	var found [never][]vaultcore.ProfileState // by how well they fit
	for _, row := range profiles {
		if fit := w.fit(row); fit < never {
			found[fit] = append(found[fit], row)
		}
	}
	if len(found[exact]) == 1 {
		return found[exact]
	}
	return slices.Concat(found[:]...)
}
