package browser

import (
	"slices"
	"strings"
)

// environ is what a browser is given of the person's environment: what it needs
// to find the screen, its files, the network and the language. Nothing that loads
// code into it (LD_*, GTK_MODULES), and none of AWS's or Vaultbar's variables.
func environ(person []string) []string {
	var env []string
	for _, entry := range person {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || value == "" || strings.ContainsRune(entry, 0) || !handedOn(name) {
			continue
		}
		if name == "DBUS_SESSION_BUS_ADDRESS" && strings.HasPrefix(value, "disabled:") {
			continue // Vaultbar has no bus: the browser may still find the session's
		}
		env = slices.DeleteFunc(env, func(earlier string) bool { return strings.HasPrefix(earlier, name+"=") })
		env = append(env, entry)
	}
	return append(env, fixed()...)
}

// handedOn says whether a variable is one that browsers need.
func handedOn(name string) bool {
	return slices.Contains(needed(), canonical(name)) || strings.HasPrefix(name, "LC_")
}

// withProxy names the proxy that AWS is reached by, where there is one.
func withProxy(env []string, proxy string) []string {
	if proxy == "" {
		return env
	}
	return append(slices.Clone(env), "https_proxy="+proxy, "http_proxy="+proxy, "no_proxy=localhost,127.0.0.1,::1")
}

// lookup finds a variable; the last one counts.
func lookup(env []string, name string) string {
	for _, entry := range slices.Backward(env) {
		if n, value, ok := strings.Cut(entry, "="); ok && canonical(n) == name {
			return value
		}
	}
	return ""
}

// proxies are the variables that name the network's proxies.
func proxies() []string {
	return []string{"http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"}
}
