//go:build unix

package cli

// defaultShell is the person's shell.
func defaultShell(env environment) string {
	if shell := env.get("SHELL"); shell != "" {
		return shell
	}
	return "/bin/sh"
}

// childCode says how a command ended that ran as a child; here the process
// becomes the command, and so never sees its end.
func childCode(error) (int, bool) { return 0, false }
