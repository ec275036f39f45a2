package menu

import (
	"strconv"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// profile is the row of a profile on the top level and its submenu. With nil it
// is the same row, hidden.
func (v *view) profile(place int, p *vaultcore.ProfileState) Item {
	item := Item{Key: "profile." + strconv.Itoa(place), Enabled: true, Hidden: p == nil}
	if p == nil {
		p = &vaultcore.ProfileState{}
	} else {
		item.Title = v.title(p)
	}
	children := make([]Item, 0, 19)
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

// lines are the grey lines: who the profile is, how its session comes about,
// when it ends, and what is wrong.
func (v *view) lines(p *vaultcore.ProfileState) []Item {
	return []Item{
		{Key: "who", Title: who(p)},
		{Key: "how", Title: v.how(p)},
		{Key: "when", Title: v.when(p)},
		{Key: "wrong", Title: vaultcore.Printable(p.Err), Hidden: p.Err == ""},
	}
}

// accountDigits is how long an account id is; what is longer is none.
const accountDigits = 12

func who(p *vaultcore.ProfileState) string {
	account := vaultcore.Printable(p.Account)
	if runes := []rune(account); len(runes) > accountDigits {
		account = string(runes[:accountDigits]) + "…"
	}
	switch {
	case p.Role != "" && account != "":
		return "Role " + short(p.Role) + " in " + account
	case p.Role != "":
		return "Role " + short(p.Role)
	case account != "":
		return "User in " + account
	default:
		return "Account not known yet"
	}
}

func (v *view) how(p *vaultcore.ProfileState) string {
	text := "From its own key"
	switch {
	case p.Source == "":
		return "No key is kept for it"
	case p.Source != p.Name:
		text = "From " + v.name(p.Source)
	}
	if p.MFA != "" {
		text += " with MFA"
	}
	if state := v.clock.state(p); state != vaultcore.StateActive && state != vaultcore.StateEnding {
		return text
	}
	if p.Renews {
		return text + "; renews by itself"
	}
	return text + "; does not renew by itself"
}

// name is the shown name of a profile, or of a key that has no profile.
func (v *view) name(of string) string {
	if name, ok := v.names[of]; ok {
		return name
	}
	return short(of)
}

func (v *view) when(p *vaultcore.ProfileState) string {
	switch v.clock.state(p) {
	case vaultcore.StateActive, vaultcore.StateEnding:
		return "Ends at " + v.clock.at(p.Expires) + ", in " + v.clock.left(p.Expires)
	case vaultcore.StateWaiting:
		return "Waits for an answer"
	default:
		return "No session"
	}
}

// session is the row that makes a session.
func (v *view) session(p *vaultcore.ProfileState) Item {
	item := Item{Key: "session", Title: "Start session", Enabled: v.usable(p), Action: Action{Kind: Start, Profile: p.Name}}
	switch v.clock.state(p) {
	case vaultcore.StateActive, vaultcore.StateEnding:
		item.Title, item.Action.Kind = "Renew now", Renew
	case vaultcore.StateWaiting:
		item.Title, item.Action = "Answer…", Action{Kind: Answer}
		item.Enabled = true
	}
	return item
}

// uses are the rows that work as the profile.
func (v *view) uses(p *vaultcore.ProfileState) []Item {
	row := func(key, title string, kind Kind, value string) Item {
		return Item{Key: key, Title: title, Enabled: v.usable(p), Action: Action{Kind: kind, Profile: p.Name, Value: value}}
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
			row("console.at", "Open console at…", Console, ConsoleAt))
	}
	return append(items,
		row("terminal", "Open terminal", Terminal, ""),
		row("copy.env", "Copy as environment variables", Copy, CopyEnv),
		row("copy.export", "Copy as export lines for a shell", Copy, CopyExport))
}

// keeping are the rows about what is kept of the profile.
func (v *view) keeping(p *vaultcore.ProfileState) []Item {
	open := !v.snap.Locked
	state := v.clock.state(p)
	living := state == vaultcore.StateActive || state == vaultcore.StateEnding || len(p.Sessions) > 0 && v.clock.alive(p.Expires)
	return []Item{
		{Key: "end", Title: "End session", Enabled: open && living, Action: Action{Kind: End, Profile: p.Name}},
		toggle("fresh", "Keep fresh", p.Name, "keep_fresh", p.Keep, open),
		toggle("pin", "Pin to the top", p.Name, "pinned", p.Pinned, open),
		{Key: "remove", Title: "Remove credentials…", Enabled: open, Hidden: !p.Key, Action: Action{Kind: Remove, Profile: p.Name}},
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
