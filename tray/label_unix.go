//go:build !windows && !darwin

package tray

import "strings"

// label is a title as the tray wants it: there an underscore marks the letter
// that a key chooses.
func label(title string) string { return strings.ReplaceAll(title, "_", "__") }
