package menu

import (
	"fmt"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// lines say who the profile is and in which account, how its session comes about, what is
// asked for it in place of AWS, when it ends, and what is wrong. One that has nothing to say is not shown: what
// can be done moves up.
func (v *view) lines(p *vaultcore.ProfileState) []Item {
	wrong := Item{Key: "wrong", Title: vaultcore.Printable(p.Err), Hidden: p.Err == "", Action: Action{Kind: Explain, Profile: p.Name}}
	how := Item{Key: "how", Title: v.how(p), Action: Action{Kind: Explain, Profile: p.Name}}
	instead := Item{Key: "instead", Title: instead(p), Hidden: len(p.Endpoints) == 0, Enabled: !v.snap.Locked, Action: how.Action}
	who, where := named("who", who(p), p.Name, p.ARN, maxARN), named("account", where(p), p.Name, p.Account, accountDigits)
	when, age := Item{Key: "when", Title: v.when(p)}, Item{Key: "age", Title: v.age(p)}
	how.Enabled, wrong.Enabled = !v.snap.Locked, !v.snap.Locked
	how.Hidden, when.Hidden, age.Hidden = how.Title == "", when.Title == "", age.Title == ""
	return []Item{who, where, how, instead, when, age, wrong}
}

// instead says what is asked in place of AWS.
func instead(p *vaultcore.ProfileState) string {
	if len(p.Endpoints) == 0 {
		return ""
	}
	text := "Asks " + vaultcore.Printable(p.Endpoints[0])
	if more := len(p.Endpoints) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + " instead of AWS"
}

// named is a line whose click copies AWS's own name for what it says: an id or an ARN. One
// that cannot be shown whole is nobody's.
func named(key, title, profile, name string, longest int) Item {
	item := Item{Key: key, Title: title, Hidden: title == ""}
	if name != "" && !item.Hidden && vaultcore.PrintableUpTo(name, longest) == name {
		item.Enabled, item.Action = true, Action{Kind: CopyID, Profile: profile, Value: name}
	}
	return item
}

// maxARN is the longest name that AWS has. (IAM API Reference, arnType.)
const maxARN = 2048

// age says how old the profile's key is, and when it was used last.
func (v *view) age(p *vaultcore.ProfileState) string {
	key, known := v.snap.KeptKey(p.Name)
	if !known || !p.Key {
		return ""
	}
	age := vaultcore.Age(key.Created, v.clock.now)
	text := "Its key is " + age + " old"
	if key.Old(v.snap.KeyAgeWarn(), v.clock.now) {
		text = "▲ Its key is too old (" + age + ")"
	}
	if use := key.LastUse(v.clock.now); use != "" {
		text += ", " + use
	}
	return text
}

// accountDigits is how long an account id is; what is longer is none.
const accountDigits = 12

// account is the account of a profile as it is shown.
func account(p *vaultcore.ProfileState) string {
	account := vaultcore.Printable(p.Account)
	if runes := []rune(account); len(runes) > accountDigits {
		account = string(runes[:accountDigits]) + "…"
	}
	return account
}

// maxAccountName is how many columns of an account's name a row shows.
const maxAccountName = 24

// who is the role or the user, without the account.
func who(p *vaultcore.ProfileState) string {
	if p.Role != "" {
		return "Role " + short(p.Role)
	}
	if _, user, ok := strings.Cut(p.ARN, ":user/"); ok {
		return "User " + short(user[strings.LastIndexByte(user, '/')+1:])
	}
	return ""
}

// where is the account, with its name where that is known.
func where(p *vaultcore.ProfileState) string {
	account := account(p)
	if account == "" {
		return ""
	}
	if name := harmless(p.AccountName); len(name) > 0 {
		account += " (" + isolated(cutMiddle(name, maxAccountName)) + ")"
	}
	return "Account " + account
}

func (v *view) how(p *vaultcore.ProfileState) string {
	switch v.condition(p) {
	case needsKey:
		if key := v.plainKey(p.Wants); key != nil {
			return "The key of " + v.name(p.Wants) + " is in plain text in " + short(key.File)
		}
		return "No key is stored for " + v.name(p.Wants)
	case broken:
		return ""
	}
	text := "From its own key"
	switch {
	case p.SignInName != "":
		text = "From the sign-in to " + signInName(p.SignInName)
	case p.Source == "":
		return ""
	case p.Source != p.Name:
		text = "From " + v.name(p.Source)
	}
	if p.MFA != "" {
		text += " with MFA"
	}
	switch {
	case v.condition(p) != lives:
		return text
	case p.Renews:
		return text + "; renews automatically"
	default:
		return text + "; does not renew automatically"
	}
}

// name is the shown name of a profile, or of a key that has no profile.
func (v *view) name(of string) string {
	if name, ok := v.names[of]; ok {
		return name
	}
	return short(of)
}

func (v *view) when(p *vaultcore.ProfileState) string {
	switch v.condition(p) {
	case lives:
		return "Ends at " + v.clock.at(p.Expires) + ", in " + v.clock.left(p.Expires)
	case waits:
		return "Waits for an answer"
	default:
		return ""
	}
}
