package tray

import "strings"

// label is a title as the tray wants it: there an ampersand marks the letter
// that a key chooses.
func label(title string) string { return strings.ReplaceAll(title, "&", "&&") }

// barTitle names the icon. Windows shows no name.
func barTitle(title string) string { return title }
