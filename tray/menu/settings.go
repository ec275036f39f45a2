package menu

import (
	"strconv"
	"time"
)

// Set sets Setting to Value, of Profile where there is one.
const Set Kind = "set"

// settings is the submenu of the app's own settings. None can be changed while
// the vault is locked.
func (v *view) settings() Item {
	is := v.snap.Settings
	screen := toggle("settings.screen", "Lock when the screen locks", "", "lock_on_screen_lock", is["lock_on_screen_lock"] == "yes", true)
	_, noticed := is["lock_on_screen_lock"]
	screen.Hidden = !noticed // this system does not tell when it does
	children := []Item{
		toggle("settings.login", "Open at login", "", "open_at_login", is["open_at_login"] == "yes", true),
		screen,
	}
	if touch, offered := is["touch_id"]; offered {
		children = append(children, toggle("settings.touch", "Confirm with Touch ID", "", "touch_id", touch == "yes", true))
	}
	children = append(children, Item{Key: "settings.line.lead", Separator: true})
	lead, _ := time.ParseDuration(is["notify_lead"])
	children = append(children, Item{Key: "settings.lead", Title: "Tell me before a session ends"})
	for _, minutes := range []int{5, 10, 15, 30} {
		text := strconv.Itoa(minutes)
		children = append(children, option("settings.lead."+text, text+" min before", "notify_lead", text+"m",
			lead == time.Duration(minutes)*time.Minute))
	}
	children = append(children,
		Item{Key: "settings.line.fresh", Separator: true},
		Item{Key: "settings.fresh", Title: "Keep sessions fresh"})
	for _, choice := range [][2]string{{"in-use", "Those in use"}, {"pinned", "Pinned ones only"}, {"never", "Never"}} {
		children = append(children, option("settings.fresh."+choice[0], choice[1], "keep_fresh", choice[0], is["keep_fresh"] == choice[0]))
	}
	for i := range children {
		children[i].Enabled = children[i].Enabled && !v.snap.Locked
	}
	return Item{Key: "settings", Title: "Settings", Enabled: true, Children: children}
}

// option is one of several values of a setting. Trays have check boxes and no
// radio buttons, so the title has one: a box would say that several can hold. It says in
// words, too, which one holds.
func option(key, title, setting, value string, on bool) Item {
	button, now := "◯ ", ""
	if on {
		button, now = "◉ ", " (current)"
	}
	return Item{Key: key, Title: button + title + now, Enabled: true, Action: Action{Kind: Set, Setting: setting, Value: value}}
}
