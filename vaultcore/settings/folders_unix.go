//go:build unix && !darwin

package settings

// folder is the name of our folder among those of other programs.
const folder = "vaultbar"
