package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/awsvault"
	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// entry is one command of the table.
type entry struct {
	names []string // its name, then its aliases
	group string   // of help; "" for one that is not shown
	make  func(*program) *cobra.Command
	asks  bool // for credentials, which a program waits for: see dialAhead
}

// The groups of commands, by what a person is about to do.
const (
	forKeys     = "Keys and sign-ins:"
	forPrograms = "Credentials for programs:"
	forSessions = "Profiles and sessions:"
	forConsole  = "The AWS console:"
	forAccess   = "Who gets what:"
	forApp      = "The app:"
)

// commands is the table of commands. Help shows those of a group by name.
var commands = []entry{
	{names: []string{"add"}, group: forKeys, make: (*program).addCommand},
	{names: []string{"import"}, group: forKeys, make: (*program).importCommand},
	{names: []string{"rotate"}, group: forKeys, make: (*program).rotateCommand},
	{names: []string{"remove", "rm"}, group: forKeys, make: (*program).removeCommand},
	{names: []string{"sso"}, group: forKeys, make: (*program).ssoCommand},
	{names: []string{"signin"}, group: forKeys, make: (*program).signInCommand},
	{names: []string{"signout"}, group: forKeys, make: (*program).signOutCommand},
	{names: []string{"exec"}, group: forPrograms, make: (*program).execCommand, asks: true},
	{names: []string{"export"}, group: forPrograms, make: (*program).exportCommand, asks: true},
	{names: []string{"serve"}, group: forPrograms, make: (*program).serveCommand},
	{names: []string{"setup"}, group: forPrograms, make: (*program).setupCommand},
	{names: []string{"shim"}, group: forPrograms, make: (*program).shimCommand},
	{names: []string{"dir"}, group: forPrograms, make: (*program).dirCommand},
	{names: []string{"explain"}, group: forPrograms, make: (*program).explainCommand},
	{names: []string{"doctor"}, group: forPrograms, make: (*program).doctorCommand},
	{names: []string{"list", "ls"}, group: forSessions, make: (*program).listCommand},
	{names: []string{"renew"}, group: forSessions, make: (*program).renewCommand},
	{names: []string{"clear"}, group: forSessions, make: (*program).clearCommand},
	{names: []string{"watch"}, group: forSessions, make: (*program).watchCommand},
	{names: []string{"login"}, group: forConsole, make: (*program).loginCommand},
	{names: []string{"open"}, group: forConsole, make: (*program).openCommand},
	{names: []string{"find"}, group: forConsole, make: (*program).findCommand},
	{names: []string{"browsers"}, group: forConsole, make: (*program).browsersCommand},
	{names: []string{"grants"}, group: forAccess, make: (*program).grantsCommand},
	{names: []string{"agents"}, group: forAccess, make: (*program).agentsCommand},
	{names: []string{"lock"}, group: forAccess, make: (*program).lockCommand},
	{names: []string{"unlock"}, group: forAccess, make: (*program).unlockCommand},
	{names: []string{"log"}, group: forAccess, make: (*program).logCommand},
	{names: []string{"settings"}, group: forApp, make: (*program).settingsCommand},
	{names: []string{"status"}, group: forApp, make: (*program).statusCommand},
	{names: []string{"stop"}, group: forApp, make: (*program).stopCommand},
	{names: []string{"restart"}, group: forApp, make: (*program).restartCommand},
	{names: []string{"version"}, group: forApp, make: (*program).versionCommand},
	{names: []string{reach.StartName}, make: (*program).startCommand},
}

// execute runs what the arguments ask for, in the words of the name that the command
// was called by.
func (p *program) execute(ctx context.Context) error {
	if len(p.args) > 0 && awsvault.Called(p.args[0]) {
		return p.asAWSVault(ctx)
	}
	return p.runCommand(ctx)
}

// runCommand parses the arguments and runs the command they name. What goes wrong
// before a command runs is wrong usage.
func (p *program) runCommand(ctx context.Context) error {
	if cmd, args, ok := p.quick(ctx); ok {
		return cmd.RunE(cmd, args)
	}
	if len(p.args) > 1 && p.args[1] == awsvault.CompletionFlag {
		return p.completeWords(ctx, p.args[2:])
	}
	ran := false
	root := p.root(&ran)
	if len(p.args) > 1 && awsvault.InsteadOf(p.args[1]) != "" { // its flags are unknown too
		return noCommand(root, p.args[1])
	}
	root.SetArgs(p.args[1:])
	called, err := root.ExecuteContextC(ctx)
	if err == nil || ran {
		return err
	}
	fault := usagef("%s", err)
	if hint := vaultcore.Hint(err); hint != "" {
		return fault.WithHint("%s", hint)
	}
	return fault.WithHint("run `%s --help` for usage", called.CommandPath())
}

// quick is the fast path: it makes only the command that the first argument names, where
// there is nothing to say about its arguments. A program that waits for its
// credentials does not wait for the rest of the tree, which knows how to help, to
// complete, and to word what is wrong.
func (p *program) quick(ctx context.Context) (*cobra.Command, []string, bool) {
	if len(p.args) < 2 {
		return nil, nil, false
	}
	at := slices.IndexFunc(commands, func(e entry) bool { return slices.Contains(e.names, p.args[1]) })
	if at < 0 {
		return nil, nil, false
	}
	if commands[at].asks {
		p.app.DialAhead(ctx)
	}
	cmd := commands[at].make(p)
	cmd.SetContext(ctx)
	p.bindPrompt(cmd.Flags())
	flags := cmd.Flags()
	flags.Usage = func() {}
	if flags.Parse(p.args[2:]) != nil || cmd.ValidateArgs(flags.Args()) != nil || cmd.ValidateFlagGroups() != nil {
		return nil, nil, false
	}
	return cmd, flags.Args(), true
}

// root makes the whole tree.
func (p *program) root(ran *bool) *cobra.Command {
	root := p.bareRoot()
	root.Version = buildVersion()
	for _, e := range commands {
		if e.group != "" && !root.ContainsGroup(e.group) {
			root.AddGroup(&cobra.Group{ID: e.group, Title: e.group})
		}
		p.attach(root, e, ran)
	}
	root.SetHelpCommandGroupID(forApp)
	root.SetCompletionCommandGroupID(forApp)
	completeValues(root, "prompt", "auto", "terminal", "dialog", "none", "ykman")
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	p.completeInPlainBash(root)
	markRan(root, ran, "help", "completion")
	return root
}

// bareRoot is the command line before any command is in it.
func (p *program) bareRoot() *cobra.Command {
	root := &cobra.Command{
		Use:                        p.name,
		Short:                      "Short-lived AWS credentials from your OS keychain",
		Long:                       p.about(),
		SilenceErrors:              true,
		SilenceUsage:               true,
		DisableAutoGenTag:          true,
		SuggestionsMinimumDistance: 2,
		Args:                       noOther,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SetFlagErrorFunc(otherFlag)
	p.bindPrompt(root.PersistentFlags())
	return root
}

const rootLong = `Vaultbar keeps your AWS keys in the OS keychain and hands out short-lived
sessions. Its background app starts when it is needed.

  vaultbar add bastion                    put an access key into the keychain
  vaultbar import                         move plain-text keys there
  vaultbar import --from aws-vault        or copy those of aws-vault
  vaultbar signin                         or sign in to IAM Identity Center, once
  vaultbar exec bastion -- aws s3 ls      run a program as a profile
  vaultbar setup bastion                  let aws and the SDKs use it by themselves

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 no such profile or no
credentials; 4 canceled; 5 nobody to ask; 6 locked; 7 refused by AWS; 8 no
answer from AWS; 9 the app cannot be reached.`

// attach adds a command, and notes when it begins to run.
func (p *program) attach(root *cobra.Command, e entry, ran *bool) {
	cmd := e.make(p)
	cmd.Aliases, cmd.GroupID = e.names[1:], e.group
	for _, cmd := range append(cmd.Commands(), cmd) {
		cmd.DisableFlagsInUseLine = true
		cmd.Example = p.asTyped(cmd.Example)
		do := cmd.RunE
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			*ran = true
			return do(cmd, args)
		}
	}
	root.AddCommand(cmd)
}

// markRan notes when one of cobra's own commands runs, so that a full disk is
// not told as wrong usage.
func markRan(root *cobra.Command, ran *bool, names ...string) {
	for _, cmd := range root.Commands() {
		if !slices.Contains(names, cmd.Name()) {
			continue
		}
		for _, sub := range append(cmd.Commands(), cmd) {
			sub.PreRun = func(*cobra.Command, []string) { *ran = true }
		}
	}
}

// oneProfile checks that exactly one profile is named.
func oneProfile(cmd *cobra.Command, args []string) error {
	if len(args) == 0 || args[0] == "" {
		return noProfileNamed(cmd)
	}
	return atMostOne("profile")(cmd, args)
}

// atMostOne checks that at most one of the things that a command takes is named.
func atMostOne(thing string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < 2 {
			return nil
		}
		return usagef("unexpected argument %q: %s takes one %s", vaultcore.Printable(args[1]), cmd.Name(), thing).
			WithHint("usage: %s", cmd.UseLine())
	}
}

// named is the one thing that is named; "" where none is.
func named(args []string) string { return strings.Join(args, "") }

// noOther checks that there are no arguments where one would be the name of a command.
func noOther(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return noCommand(cmd, args[0])
}

// parent puts commands below one that does nothing itself. usage is for who names none.
func parent(cmd *cobra.Command, usage string, commands ...*cobra.Command) *cobra.Command {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("missing command").WithHint("usage: vaultbar %s", usage)
		}
		return noOther(cmd, args)
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(commands...)
	return cmd
}

// profileOrNone checks that at most one profile is named.
func profileOrNone(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return oneProfile(cmd, args)
}

// noProfileNamed says that the profile is missing, and how to find one.
func noProfileNamed(cmd *cobra.Command) error {
	line := cmd.UseLine()
	if cmd.HasParent() {
		_, line, _ = strings.Cut(line, " ") // without the name of the program
	}
	return usagef("missing profile name").WithHint("usage: vaultbar %s\n`vaultbar list --profiles` shows the profiles", line)
}

// nothingMore checks that there are no arguments.
func nothingMore(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("unexpected argument %q", vaultcore.Printable(args[0])).
		WithHint("usage: %s", cmd.UseLine())
}

// Tree is the whole command line, for who writes about it: nothing of it is to be run.
func Tree() *cobra.Command {
	p := newProgram([]string{commandName}, nil, streams{}, func() {})
	return p.root(new(bool))
}
