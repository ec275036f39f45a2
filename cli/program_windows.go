package cli

import "strings"

// sameVariable says whether two names mean one environment variable.
func sameVariable(a, b string) bool { return strings.EqualFold(a, b) }
