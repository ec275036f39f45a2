package cli

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type setupOptions struct {
	profiles []string
	undo     bool
	yes      bool
}

func (p *program) setupCommand() *cobra.Command {
	var o setupOptions
	cmd := &cobra.Command{
		Use:   "setup [flags] PROFILE…",
		Short: "Let aws and the SDKs get credentials from Vaultbar",
		Long: `Let AWS's own tools use profiles directly: a credential_process line for each is
written to the config file. The change is shown first.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return noProfileNamed(cmd)
			}
			return nil
		},
		ValidArgsFunction: p.completes(profileNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profiles = args
			return p.setup(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.undo, "undo", false, "remove the lines that setup wrote")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "write without asking")
	return cmd
}

// setup shows the change, and makes it when the person agrees.
func (p *program) setup(ctx context.Context, o setupOptions) error {
	command, err := ownPath(p.calledAs())
	if err != nil {
		return err
	}
	app := p.app.Client()
	wanted := agent.SetupRequest{Profiles: o.profiles, Command: command, Undo: o.undo}
	shown, err := app.Setup(ctx, wanted)
	if err != nil {
		return err
	}
	if changes, err := p.show(shown); err != nil || !changes {
		return err
	}
	if err := p.mayWrite(ctx, o.yes); err != nil {
		return err
	}
	wanted.Agreed = shown.Diff
	if err := p.wrote(app.Setup(ctx, wanted)); err != nil || o.yes || o.undo {
		return err
	}
	p.propose(ctx, app, p.terminal(), o.profiles...)
	return nil
}

// show prints a change to the config file before it is made, and says whether it
// changes anything.
func (p *program) show(r agent.SetupResult) (changes bool, err error) {
	for _, note := range r.Notes {
		p.tell("%s", note)
	}
	if r.Diff == "" {
		p.tell("Nothing to change in %s.", p.tilde(r.File))
		return false, nil
	}
	return true, p.print([]byte(r.Diff))
}

// wrote reports a change that was made.
func (p *program) wrote(r agent.SetupResult, err error) error {
	if err == nil {
		p.tell("Wrote %s.", p.tilde(r.File))
	}
	return err
}

// mayWrite asks whether the change that was shown shall be made.
func (p *program) mayWrite(ctx context.Context, yes bool) error {
	if yes {
		return nil
	}
	return agree(ctx, p.terminal(), "Write this?", true, "--yes writes it without asking", "nothing was written")
}

// ownPath is the absolute path of this command that will still be right after an
// upgrade: the way it was called by, such as /usr/local/bin/vaultbar, where that
// leads to this very file, and not the folder of one version behind it.
func ownPath(called string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", vaultcore.Faultf(errFailed, "cannot find the path of this command: %s", err)
	}
	found, err := exec.LookPath(called)
	if err != nil {
		return self, nil
	}
	if found, err = filepath.Abs(found); err == nil && sameFile(found, self) {
		return found, nil
	}
	return self, nil
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
