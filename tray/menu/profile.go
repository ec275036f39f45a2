package menu

import (
	"strconv"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// profile is the row of a profile on the top level and its submenu. With nil it
// is the same row, hidden.
func (v *view) profile(place int, p *vaultcore.ProfileState) Item {
	item := Item{Key: "profile." + strconv.Itoa(place), Enabled: true, Hidden: p == nil}
	if p == nil {
		p = &vaultcore.ProfileState{}
	} else {
		item.Title, item.Beside = v.title(p), v.beside(p)
	}
	children := make([]Item, 0, 20)
	children = append(children, v.lines(p)...)
	children = append(children, Item{Key: "line.use", Separator: true}, v.session(p))
	children = append(children, v.uses(p)...)
	children = append(children, Item{Key: "line.keep", Separator: true})
	children = append(children, v.keeping(p)...)
	for i := range children {
		children[i].Key = item.Key + "." + children[i].Key
	}
	item.Children = children
	return item
}

// lines say who the profile is and in which account, how its session comes about,
// when it ends, and what is wrong. One that has nothing to say is not shown: what
// can be done moves up.
func (v *view) lines(p *vaultcore.ProfileState) []Item {
	wrong := Item{Key: "wrong", Title: vaultcore.Printable(p.Err), Hidden: p.Err == "", Action: Action{Kind: Explain, Profile: p.Name}}
	how := Item{Key: "how", Title: v.how(p), Action: Action{Kind: Explain, Profile: p.Name}}
	who, where := named("who", who(p), p.Name, p.ARN, maxARN), named("account", where(p), p.Name, p.Account, accountDigits)
	when, age := Item{Key: "when", Title: v.when(p)}, Item{Key: "age", Title: v.age(p)}
	how.Enabled, wrong.Enabled = !v.snap.Locked, !v.snap.Locked
	how.Hidden, when.Hidden, age.Hidden = how.Title == "", when.Title == "", age.Title == ""
	return []Item{who, where, how, when, age, wrong}
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
		return "No key is kept for " + v.name(p.Wants)
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

// session is the row that makes a session, or that helps to get one.
func (v *view) session(p *vaultcore.ProfileState) Item {
	item := Item{Key: "session", Enabled: !v.snap.Locked}
	switch v.condition(p) {
	case lives:
		item.Title, item.Action = "Renew now", Action{Kind: Renew, Profile: p.Name}
	case waits:
		item.Title, item.Action, item.Enabled = "Answer…", Action{Kind: Answer}, true
	case needsKey:
		item.Title, item.Action = "Add a key…", Action{Kind: Add, Profile: p.Wants}
		if v.plainKey(p.Wants) != nil {
			item.Title, item.Action = "Move its key into the keychain…", Action{Kind: Import, Profile: p.Wants}
		}
	case broken:
		item.Title, item.Action = "Why it cannot be used…", Action{Kind: Explain, Profile: p.Name}
	default:
		item.Title, item.Action = "Start session", Action{Kind: Start, Profile: p.Name}
	}
	return item
}

// uses are the rows that work as the profile. Where something is missing that no
// try can bring they are not there, and what helps is.
func (v *view) uses(p *vaultcore.ProfileState) []Item {
	row := func(key, title string, kind Kind, value string) Item {
		return Item{
			Key: key, Title: title, Enabled: v.usable(p), Hidden: v.condition(p).helpless(),
			Action: Action{Kind: kind, Profile: p.Name, Value: value},
		}
	}
	var items []Item
	if v.options.Console {
		here := "Open console"
		if p.Console != "" {
			here = p.Console
		}
		items = append(items,
			row("console", here, Console, ConsoleHere),
			row("console.window", "Open console in its own window", Console, ConsoleWindow),
			row("console.at", "Open console at…", Console, ConsoleAt),
			row("console.at.window", "Open console at… in its own window", Console, ConsoleAtWindow))
	}
	return append(items,
		row("terminal", "Open terminal", Terminal, ""),
		row("copy.env", "Copy as environment variables", Copy, CopyEnv),
		row("copy.export", "Copy as export lines for a shell", Copy, CopyExport))
}

// keeping are the rows about what is kept of the profile.
func (v *view) keeping(p *vaultcore.ProfileState) []Item {
	open := !v.snap.Locked
	ends := v.condition(p) == lives || len(p.Sessions) > 0 && v.clock.alive(p.Expires)
	fresh := toggle("fresh", "Keep fresh", p.Name, "keep_fresh", p.Keep, open)
	fresh.Hidden = v.condition(p).helpless()
	row := func(key, title string, kind Kind, hidden bool) Item {
		return Item{Key: key, Title: title, Enabled: open, Hidden: hidden, Action: Action{Kind: kind, Profile: p.Name}}
	}
	protected := toggle("protected", "Ask before a program gets it", p.Name, "protected", p.Protected, open)
	protected.Hidden = fresh.Hidden
	if p.ProtectedBy != "" { // its own setting would change nothing
		protected.Title += ", as set for " + short(p.ProtectedBy)
		protected.Enabled = false
	}
	typed := toggle("protected.typed", "Have its name typed for that", p.Name, "protected", p.Typed, open)
	typed.Hidden = protected.Hidden || !p.Protected
	typed.Enabled = open && (p.ProtectedBy == "" || !p.Typed)
	if typed.Action.Value = "typed"; p.Typed {
		typed.Action.Value = "yes"
	}
	region, color := "Set the region…", "Set the window colour…"
	if p.Region != "" {
		region = "Region " + short(p.Region) + "…"
	}
	if p.Color != "" {
		color = "Window colour " + short(p.Color) + "…"
	}
	return []Item{
		{Key: "end", Title: "End session", Enabled: open && ends, Hidden: fresh.Hidden && !ends, Action: Action{Kind: End, Profile: p.Name}},
		fresh,
		toggle("pin", "Pin to the top", p.Name, "pinned", p.Pinned, open),
		protected,
		typed,
		v.granted(p.Name),
		row("region", region, Region, v.condition(p) == broken),
		row("color", color, Color, fresh.Hidden),
		row("role", "Add a role above this key…", AddRole, !p.Key),
		row("rotate", v.rotation(p), Rotate, !p.Key),
		row("remove", "Remove key…", Remove, !p.Key),
	}
}

// rotation is the row that rotates a profile's key, or goes on with that.
func (v *view) rotation(p *vaultcore.ProfileState) string {
	switch r, open := v.snap.Rotation(p.Name); {
	case !open:
		return "Rotate key…"
	case r.Waits():
		return "Delete the old key now…"
	default:
		return "▲ Finish the rotation of its key…"
	}
}

// toggle is a checkbox for a setting of yes or no.
func toggle(key, title, profile, setting string, on, enabled bool) Item {
	value := "yes"
	if on {
		value = "no"
	}
	return Item{
		Key: key, Title: title, Checkbox: true, Checked: on, Enabled: enabled,
		Action: Action{Kind: Set, Profile: profile, Setting: setting, Value: value},
	}
}
