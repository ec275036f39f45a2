package menu

import (
	"strconv"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The kinds of action of the rows below.
const (
	Start    Kind = "start"    // start the profile's session
	Renew    Kind = "renew"    // replace its session by a new one
	End      Kind = "end"      // end its sessions
	Explain  Kind = "explain"  // say how the profile gets its credentials, or why it gets none
	Console  Kind = "console"  // open its console; Value is one of the Console values
	Terminal Kind = "terminal" // open a terminal in the profile
	Copy     Kind = "copy"     // copy its credentials; Value is one of the Copy values
	CopyID   Kind = "copy-id"  // copy Value, an account id or an ARN
	Region   Kind = "region"   // set the region of Profile in the config file
	Color    Kind = "color"    // choose the color of its own browser window
	AddRole  Kind = "add-role" // add a profile for a role that starts from Profile
	Rotate   Kind = "rotate"   // replace its long-term key by a new one, or go on with that, after a question
	Remove   Kind = "remove"   // remove its long-term key, after a question
)

// The values of a [Copy] action.
const (
	CopyEnv    = "env"    // NAME=value lines
	CopyExport = "export" // lines for a POSIX shell
)

// The values of a [Console] action.
const (
	ConsoleHere     = "here"      // as the settings say
	ConsoleWindow   = "window"    // in a browser window of its own
	ConsoleAt       = "at"        // at a place that is asked for
	ConsoleAtWindow = "at-window" // at a place that is asked for, in a window of its own
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
	typed := toggle("protected.typed", "Require typing its name for that", p.Name, "protected", p.Typed, open)
	typed.Hidden = protected.Hidden || !p.Protected
	typed.Enabled = open && (p.ProtectedBy == "" || !p.Typed)
	if typed.Action.Value = "typed"; p.Typed {
		typed.Action.Value = "yes"
	}
	region, color := "Set the region…", "Set the window color…"
	if p.Region != "" {
		region = "Region " + short(p.Region) + "…"
	}
	if p.Color != "" {
		color = "Window color " + short(p.Color) + "…"
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
