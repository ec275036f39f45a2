package cli

import (
	"errors"

	"github.com/vaultbar/vaultbar/cli/internal/credformat"
)

// defaultShell is the person's shell.
func defaultShell(env environment) string {
	for _, name := range []string{"SHELL", "ComSpec"} {
		if shell := env.get(name); shell != "" {
			return shell
		}
	}
	return "cmd.exe"
}

// childCode says how the command ended.
func childCode(err error) (int, bool) {
	var ended *credformat.Exited
	if errors.As(err, &ended) {
		return ended.Code, true
	}
	return 0, false
}
