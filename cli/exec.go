package cli

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/credformat"
	"github.com/vaultbar/vaultbar/vaultcore"
)

type execOptions struct {
	want
	command []string // empty for a subshell
	shell   bool     // it is one
	json    bool     // as aws-vault has it: what export --format=json is
	served           // by a server, instead of credentials in the environment
}

func (p *program) execCommand() *cobra.Command {
	var o execOptions
	cmd := &cobra.Command{
		Use:   "exec [flags] [PROFILE] [--] [COMMAND [ARGUMENTS]]",
		Short: "Run a command, or a shell, as a profile",
		Long: `Run a command with the credentials of a profile in its environment. Without a
command, run your shell. vaultbar replaces itself with the command, so that its exit
code and signals are its own; the exit code is 126 if it cannot be run, 127 if it is
not found.

Credentials in the environment expire with their session. With --server the command
fetches fresh ones while it runs, with a token that works for it and its children
only; vaultbar then waits for it and exits with its code. With --ec2-server it finds
them where a program on an EC2 instance would, and so can any other program of yours.

If no profile is given, it is that of AWS_VAULT, then AWS_PROFILE, then the folder
(see vaultbar dir); otherwise you are asked. The command then follows --.`,
		Example: `  vaultbar exec bastion -- aws s3 ls
  vaultbar exec bastion
  vaultbar exec --server bastion -- terraform apply`,
		ValidArgsFunction: p.completeProfileThenCommand,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.profile, o.command, err = execArguments(cmd, args); err != nil {
				return err
			}
			if err := o.served.check(o); err != nil {
				return err
			}
			if o.json && o.profile != "" && len(o.command) == 0 {
				return p.export(cmd.Context(), exportOptions{want: o.want, format: "json"})
			}
			return p.exec(cmd.Context(), o)
		},
	}
	o.asking.bind(cmd.Flags())
	o.choosing.bind(cmd.Flags())
	o.bindShown(cmd.Flags())
	cmd.Flags().BoolVarP(&o.json, "json", "j", false, "print the credentials, as export --format=json does")
	_ = cmd.Flags().MarkHidden("json") // it is there
	o.served.bind(cmd)
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// execArguments are the profile, which may be left out, and the command. Between
// the two there may be more flags of ours, up to "--" or the first word; after that
// everything is the command's.
func execArguments(cmd *cobra.Command, args []string) (profile string, command []string, err error) {
	if cmd.ArgsLenAtDash() == 0 || len(args) == 0 {
		return "", args, nil
	}
	if args[0] == "" {
		return "", nil, noProfileNamed(cmd)
	}
	if err := cmd.Flags().Parse(args[1:]); err != nil {
		if other := otherFlag(cmd, err); other != err {
			return "", nil, other
		}
		return "", nil, usagef("%s", err).
			WithHint("flags of the command come after --\nusage: vaultbar exec %s -- COMMAND -flag", vaultcore.Printable(args[0]))
	}
	return args[0], cmd.Flags().Args(), nil
}

// exec becomes the command. It is looked up first: that it does not exist is told
// before anybody is asked for a code.
func (p *program) exec(ctx context.Context, o execOptions) error {
	if o.profile == "" {
		at := p.terminal()
		profile, err := p.profileFor(ctx, p.app.Client(), at, "", "exec [flags] PROFILE [-- COMMAND]")
		if err != nil {
			return err
		}
		o.profile = profile
	}
	if o.shell = len(o.command) == 0; o.shell {
		o.command = []string{defaultShell(p.env)}
	}
	path, err := findCommand(o.command[0])
	if err != nil {
		return cmp.Or(p.noProfile(ctx, o), err)
	}
	o.name = strings.TrimSuffix(filepath.Base(o.command[0]), ".exe")
	if o.served.wanted() {
		return p.execServed(ctx, o, path)
	}
	grant, err := p.credentials(ctx, o.want)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // Ctrl-C came with the answer
		return err
	}
	p.greet(o, path, grant.Region)
	return ended(o.command[0], credformat.Become(path, o.command, credformat.Environ(p.env, grant)))
}

// greet says what a person should know before the command begins.
func (p *program) greet(o execOptions, path, region string) {
	p.hintRegion(o.profile, region)
	if o.shell && p.env.get("AWS_VAULT_DISABLE_HELP_MESSAGE") != "1" {
		p.tell("Starting subshell %s, use `exit` to exit the subshell", path)
	}
}

// ended is what a command came to that ran as a child, or why it cannot be run.
func ended(command string, err error) error {
	var exited *credformat.Exited
	if errors.As(err, &exited) {
		return childExit(exited.Code)
	}
	return cannotRun(command, err)
}

// noProfile is that the profile does not exist, if that is so. Where the command
// does not exist either, its name may be what was meant for the profile's.
func (p *program) noProfile(ctx context.Context, o execOptions) error {
	if _, err := p.app.Client().Explain(ctx, o.request(o.profile)); errors.Is(err, vaultcore.ErrNoProfile) {
		return err
	}
	return nil
}

// findCommand looks the command up as a shell does.
func findCommand(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch {
	case err == nil, errors.Is(err, exec.ErrDot): // PATH is the person's own choice
		return path, nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "", vaultcore.Faultf(errNotFound, "command %q not found", vaultcore.Printable(name))
	default:
		return "", cannotRun(name, err)
	}
}

// cannotRun words why a command cannot be run, with the cause alone: the rest of
// what package os says repeats the name.
func cannotRun(name string, err error) error {
	return &vaultcore.Fault{
		Kind: errCannotRun, Cause: err,
		Message: "cannot run " + vaultcore.Printable(name) + ": " + innermost(err).Error(),
	}
}

// innermost is the error at the bottom of one.
func innermost(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}
