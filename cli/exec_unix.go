//go:build unix

package cli

// defaultShell is the person's shell.
func defaultShell(env environment) string {
	if shell := env.get("SHELL"); shell != "" {
		return shell
	}
	return "/bin/sh"
}
