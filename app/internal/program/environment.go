package program

import (
	"os"
	"slices"
	"strings"
)

// CleanEnvironment takes out of this process's environment what could change the
// programs that it starts to ask the person: they inherit it. What the desktop
// needs stays, and so do the variables that keep names; one that ends in "*"
// keeps all that begin so. PATH then leads to the system's folders only. It
// returns the environment as it was, for what the person asked to open: a terminal or a browser is
// the person's own.
//
// It is for the start of a program, before anything else runs.
func CleanEnvironment(keep ...string) []string {
	before := slices.Clone(os.Environ())
	cleanEnvironment(func(name string) bool {
		return slices.ContainsFunc(keep, func(pattern string) bool {
			if beginning, ok := strings.CutSuffix(pattern, "*"); ok {
				return strings.HasPrefix(name, beginning)
			}
			return name == pattern
		})
	})
	return before
}
