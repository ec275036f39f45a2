package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vaultbar/vaultbar/cli/internal/awsvault"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// This file has what people from aws-vault meet: the command as aws-vault, called by
// that name, and a word on what they type to vaultbar that is said otherwise here.

// commandName is what messages call the command.
const commandName = "vaultbar"

// calledAs is how the command was called, but for aws-vault's name, which a person may
// take away again.
func (p *program) calledAs() string {
	if p.name == awsvault.Name {
		return commandName
	}
	return p.args[0]
}

// asAWSVault runs what a command line of aws-vault asks for.
func (p *program) asAWSVault(ctx context.Context) error {
	p.name = awsvault.Name
	call, err := awsvault.Read(p.args[1:])
	var refusal *awsvault.Refusal
	if errors.As(err, &refusal) {
		return usagef("%s", refusal).WithHint("%s", refusal.Instead)
	}
	p.args = append(p.args[:1:1], call.Args...)
	switch call.Kind {
	case awsvault.ShowVersion:
		return p.print([]byte(awsvault.Version + " (vaultbar " + vaultcore.Version() + ")\n"))
	case awsvault.HelpLong:
		return p.helpLong()
	case awsvault.Completions:
		return p.completeWords(ctx, call.Args)
	case awsvault.Nothing:
		p.tell("%s", call.Why)
		return nil
	}
	p.tellUnused()
	return p.runCommand(ctx)
}

// about is what the help begins with.
func (p *program) about() string {
	if p.name != awsvault.Name {
		return rootLong
	}
	return "This is Vaultbar, called as aws-vault: it takes the commands and flags of aws-vault\n" +
		strings.TrimPrefix(awsvault.Version, "v") + " beside its own, and keeps the keys in a keychain of its own.\n\n" + p.asTyped(rootLong)
}

// asTyped has examples begin with the name that the person typed; what is for a file names
// vaultbar, since the link may be taken away again.
func (p *program) asTyped(examples string) string {
	if p.name == commandName {
		return examples
	}
	var b strings.Builder
	for line := range strings.Lines(examples) {
		if !strings.Contains(line, "credential_process") {
			line = strings.ReplaceAll(line, commandName+" ", p.name+" ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// helpLong prints the help of all commands.
func (p *program) helpLong() error {
	root := p.root(new(bool))
	if err := root.Help(); err != nil {
		return err
	}
	for _, cmd := range root.Commands() {
		if cmd.Hidden || cmd.Name() == "help" {
			continue
		}
		if err := p.print([]byte("\n--- " + cmd.CommandPath() + "\n\n")); err != nil {
			return err
		}
		if err := cmd.Help(); err != nil {
			return err
		}
	}
	return nil
}

// completeWords prints what can be typed next, a line each, as aws-vault's files for
// bash, zsh and fish want it. They show whatever else is said in the middle of the line
// that is being typed: nothing is.
func (p *program) completeWords(ctx context.Context, words []string) error {
	fits := awsvault.Complete(words, func() []string { return p.namesNow(ctx, profileNames) })
	if len(fits) == 0 {
		return nil
	}
	return p.print([]byte(report.Lines(fits)))
}

// otherFlag adds to the failure of a flag what is to be done instead.
func otherFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	typed := "--" + unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		typed = "-" + unknown.GetSpecifiedName()
	}
	instead := awsvault.Instead(cmd.Name(), typed)
	if instead == "" {
		return err
	}
	return usagef("%s", err).WithHint("%s: %s", typed, instead)
}

// noCommand says what is like a command that does not exist.
func noCommand(root *cobra.Command, name string) error {
	fault := usagef("unknown command %q", vaultcore.Printable(name))
	if instead := awsvault.InsteadOf(name); instead != "" {
		return fault.WithHint("%s", instead)
	}
	if like := root.SuggestionsFor(name); len(like) > 0 {
		return fault.WithHint("did you mean: %s", strings.Join(like, ", "))
	}
	return fault.WithHint("`%s --help` shows the commands", root.CommandPath())
}

// otherPrompt is aws-vault's name of a driver for what is one dialog here.
func otherPrompt(name string) vaultcore.PromptMode {
	switch name {
	case "osascript", "zenity", "kdialog", "wincredui":
		return vaultcore.PromptDialog
	}
	return vaultcore.PromptMode(name)
}

// tellUnused names the variables of aws-vault that are set and say nothing here. Once:
// they are set where shells start, and programs get their credentials all day.
func (p *program) tellUnused() {
	unused := awsvault.Unused(p.env.get)
	if len(unused) == 0 || shownBefore(strings.Join(unused.Names(), " "), terminal.Is(p.err)) {
		return
	}
	p.warn(unused.Lines()...)
}

// shownBefore says whether a person was shown these names already, and notes that they
// are being shown now. The note is a file of the cache folder; where it cannot be
// written, only those at a terminal are shown them, each time.
func shownBefore(names string, terminal bool) bool {
	cache, err := os.UserCacheDir()
	if err != nil {
		return !terminal
	}
	note := filepath.Join(cache, "vaultbar", "aws-vault-variables")
	if before, err := os.ReadFile(note); err == nil && string(before) == names {
		return true
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(note), 0o700), os.WriteFile(note, []byte(names), 0o600)); err != nil {
		return !terminal
	}
	return false
}
