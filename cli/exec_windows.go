package cli

// defaultShell is the person's shell.
func defaultShell(env environment) string {
	for _, name := range []string{"SHELL", "ComSpec"} {
		if shell := env.get(name); shell != "" {
			return shell
		}
	}
	return "cmd.exe"
}
