package ssosync

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// DefaultTemplate names profiles by account and role.
const DefaultTemplate = "{account_name}-{role}"

// Fields are what a template may hold, and what each stands for.
var Fields = []struct{ Name, Help string }{
	{"account_name", "name of the account"},
	{"account_id", "its twelve digits"},
	{"email", "its e-mail address"},
	{"role", "name of the role"},
	{"sign_in", "name of the sign-in"},
}

// template makes names of profiles.
type template struct{ text string }

var (
	fieldShape   = regexp.MustCompile(`\{[^{}]*\}`)
	literalShape = regexp.MustCompile(`^[\p{L}\p{M}\p{N}._@+=,:/-]*$`)
)

// parse reads a template. It may return: ErrRequest.
func parse(text string) (template, error) {
	var known []string
	for _, f := range Fields {
		known = append(known, "{"+f.Name+"}")
	}
	for _, field := range fieldShape.FindAllString(text, -1) {
		if !strings.Contains(strings.Join(known, ""), field) {
			return template{}, vaultcore.Faultf(vaultcore.ErrRequest, "the template has %s, which is not a field", vaultcore.Printable(field)).
				WithHint("the fields are: %s", strings.Join(known, ", "))
		}
	}
	rest := fieldShape.ReplaceAllString(text, "")
	if text == rest || !literalShape.MatchString(rest) || strings.HasPrefix(text, "-") {
		return template{}, vaultcore.Faultf(vaultcore.ErrRequest, "%q is not a template for profile names", vaultcore.Printable(text)).
			WithHint("use %s, with letters, digits and any of ._@+=,:/- between them; the default is %s", strings.Join(known, ", "), DefaultTemplate)
	}
	return template{text}, nil
}

// name is that of the profile of a role, which another may have too.
func (t template) name(in vaultcore.SignIn, r role) string {
	account := slug(r.account.Name)
	if account == "" {
		account = r.account.ID
	}
	return strings.NewReplacer(
		"{account_name}", account, "{account_id}", r.account.ID, "{email}", slug(r.account.Email),
		"{role}", slug(r.name), "{sign_in}", slug(in.Name()),
	).Replace(t.text)
}

// slug is a text as a part of a profile's name: what needs quotes anywhere, in a shell
// or in a config file, becomes a dash.
func slug(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.L, unicode.M, unicode.N), strings.ContainsRune("._@+=", r):
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

// named is a role with the name of its profile.
type named struct {
	role
	profile string
}

// all names the roles that have no profile yet. A name that two roles would have, or
// that a profile of the config has, gets the account's id; one that is taken even so, a
// number.
func (t template) all(in vaultcore.SignIn, roles []role, have vaultcore.Profiles, there map[key]string) []named {
	count := make(map[string]int)
	for _, r := range roles {
		count[t.name(in, r)]++
	}
	taken := map[string]bool{"default": true} // it means something else
	for _, p := range have.All() {
		taken[p.Name] = true
	}
	var all []named
	for _, r := range roles {
		if _, ok := there[r.key()]; ok {
			continue
		}
		name := t.name(in, r)
		if taken[name] || count[name] > 1 {
			name += "-" + r.account.ID
		}
		free := name
		for n := 2; taken[free]; n++ {
			free = fmt.Sprintf("%s-%d", name, n)
		}
		taken[free] = true
		all = append(all, named{r, free})
	}
	return all
}
