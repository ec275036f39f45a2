//go:build !windows && !darwin

package tray

import "strings"

// label is a title as the tray wants it: there an underscore marks the letter
// that a key chooses.
func label(title string) string { return strings.ReplaceAll(title, "_", "__") }

// barTitle names the icon, for hosts that list icons.
func barTitle(title string) string { return title }
