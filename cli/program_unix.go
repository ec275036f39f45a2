//go:build unix

package cli

// sameVariable says whether two names mean one environment variable.
func sameVariable(a, b string) bool { return a == b }
