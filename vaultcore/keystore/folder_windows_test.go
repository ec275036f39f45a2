package keystore

import "testing"

// reachable is empty: a folder of the user's profile is the user's by its access
// control list, and has neither modes nor an owner of Unix.
func reachable() map[string]func(*testing.T, string) string { return nil }
