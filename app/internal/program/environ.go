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
// returns the environment as it was, for what the person asks to open: a terminal or
// a browser is their own.
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

// BrowserEnviron is what a browser is given of the person's environment: what it
// needs to find the screen, its files, the network and the language. Nothing that
// loads code into it (LD_*, GTK_MODULES), and none of AWS's or Vaultbar's variables.
func BrowserEnviron(person []string) []string {
	var env []string
	needed := browserVariables()
	for _, entry := range person {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || value == "" || strings.ContainsRune(entry, 0) ||
			!slices.Contains(needed, canonical(name)) && !strings.HasPrefix(name, "LC_") {
			continue
		}
		if name == "DBUS_SESSION_BUS_ADDRESS" && strings.HasPrefix(value, "disabled:") {
			continue // Vaultbar has no bus: the browser may still find the session's
		}
		env = slices.DeleteFunc(env, func(earlier string) bool { return strings.HasPrefix(earlier, name+"=") })
		env = append(env, entry)
	}
	return append(env, browserPath()...)
}

// Getenv finds a variable in an environment; the last one counts.
func Getenv(env []string, name string) string {
	for _, entry := range slices.Backward(env) {
		if n, value, ok := strings.Cut(entry, "="); ok && canonical(n) == name {
			return value
		}
	}
	return ""
}

// proxyVariables name the network's proxies.
var proxyVariables = []string{
	"http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
}
