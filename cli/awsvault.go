package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// What people from aws-vault type that is said otherwise here, or that is not in
// yet: flags and commands, and what to do. These are functions, and not variables,
// because a command that is in use all day would fill them at each start.

func otherFlags() map[string]string {
	return map[string]string{
		"--server":     "not in yet: leave it out; programs that run longer than a session use `vaultbar setup`",
		"--ecs-server": "not in yet: leave it out; programs that run longer than a session use `vaultbar setup`",
		"--ec2-server": "not in yet: leave it out; programs that run longer than a session use `vaultbar setup`",
		"--lazy":       "leave it out: a session is made when the first program asks",
		"--backend":    "set VAULTBAR_BACKEND, or the setting `backend`",
		"--debug":      "`vaultbar status` shows where the log is",
	}
}

func otherCommands() map[string]string {
	return map[string]string{
		"rotate": "not in yet: make a new key in the IAM console, then `vaultbar add PROFILE` puts it in place of the old one",
	}
}

// otherFlag adds to the failure of a flag what is to be done instead.
func otherFlag(_ *cobra.Command, err error) error {
	flag, _ := strings.CutPrefix(err.Error(), "unknown flag: ")
	instead, ok := otherFlags()[flag]
	if !ok {
		return err
	}
	return usagef("%s", err).WithHint("%s: %s", flag, instead)
}

// noCommand says what is like a command that does not exist.
func noCommand(root *cobra.Command, name string) error {
	fault := usagef("unknown command %q", vaultcore.Printable(name))
	if instead, ok := otherCommands()[name]; ok {
		return fault.WithHint("%s", instead)
	}
	if like := root.SuggestionsFor(name); len(like) > 0 {
		return fault.WithHint("did you mean: %s", strings.Join(like, ", "))
	}
	return fault.WithHint("`%s --help` shows the commands", root.CommandPath())
}

// otherPrompts are the names of aws-vault's drivers for what is one dialog here.
func otherPrompts() map[string]vaultcore.PromptMode {
	return map[string]vaultcore.PromptMode{
		"osascript": vaultcore.PromptDialog,
		"zenity":    vaultcore.PromptDialog,
		"kdialog":   vaultcore.PromptDialog,
		"wincredui": vaultcore.PromptDialog,
	}
}
