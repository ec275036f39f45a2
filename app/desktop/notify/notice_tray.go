package notify

import (
	"os"
	"slices"
	"strings"
)

// TrayHelp is where a person reads how to get a tray on their desktop.
type TrayHelp struct {
	Notice Notice
	URL    string // what its button opens; empty without a button
}

// NoTray tells that Vaultbar runs on a desktop that shows no tray icons, and how
// to get one there.
func NoTray() TrayHelp { return noTray(os.Getenv("XDG_CURRENT_DESKTOP")) }

// noTray is NoTray for a desktop by its name, which is a list of names.
func noTray(desktop string) TrayHelp {
	help := TrayHelp{Notice: Notice{
		Key:   "no tray",
		Title: "Vaultbar is running, but this desktop shows no tray icons",
		Body:  "Its menu appears as soon as the panel has a tray. Until then, use the vaultbar command.",
	}}
	names := strings.Split(strings.ToLower(desktop), ":")
	switch {
	case slices.Contains(names, "gnome"):
		help.URL = "https://extensions.gnome.org/extension/615/appindicator-support/"
		help.Notice.Body = "Install GNOME's extension AppIndicator Support for its menu. Until then, use the vaultbar command."
		help.Notice.Actions = []Action{{ActionTray, "Show the extension"}, {ActionLater, "Not now"}}
	case slices.Contains(names, "sway"), slices.Contains(names, "hyprland"), slices.Contains(names, "river"):
		help.URL = "https://github.com/Alexays/Waybar/wiki/Module:-Tray"
		help.Notice.Body = "A bar with a tray, such as waybar with its module tray, shows its menu. Until then, use the vaultbar command."
		help.Notice.Actions = []Action{{ActionTray, "How to"}, {ActionLater, "Not now"}}
	}
	return help
}
