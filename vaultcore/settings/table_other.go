//go:build !darwin

package settings

// ofSystem are the settings that only this system can keep to: none.
func ofSystem() []Setting[Settings] { return nil }
