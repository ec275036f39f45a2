package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

func (p *program) lockCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lock",
		Short: "Give nobody credentials until unlock",
		Long: `Lock Vaultbar: drop sessions and the passphrase from memory, and give nobody
credentials until unlock, also after a restart.`,
		Args: nothingMore,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := p.app.Client().Lock(cmd.Context()); err != nil {
				return err
			}
			p.tell("Locked. Run `vaultbar unlock` to unlock.")
			return nil
		},
	}
}

func (p *program) unlockCommand() *cobra.Command {
	var fromStdin bool
	cmd := &cobra.Command{
		Use:   "unlock",
		Short: "Unlock the keychain, and serve requests again",
		Args:  nothingMore,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.unlock(cmd.Context(), fromStdin) },
	}
	cmd.Flags().BoolVar(&fromStdin, "passphrase-stdin", false, "read the passphrase of encrypted files from the first line of stdin")
	return cmd
}

func (p *program) unlock(ctx context.Context, fromStdin bool) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	if fromStdin {
		if asker.Passphrase, err = p.passphraseFromStdin(); err != nil {
			return err
		}
	}
	if _, err := reach.Request(ctx, asker, reach.Bare(p.app.Client().Unlock), agent.UnlockRequest{Caller: p.caller(asker, "")}); err != nil {
		return err
	}
	p.tell("Unlocked.")
	return nil
}

// passphraseFromStdin reads what a program or a file gives: a terminal would show it.
func (p *program) passphraseFromStdin() (vaultcore.Secret, error) {
	if terminal.Is(p.in) {
		return vaultcore.Secret{}, usagef("--passphrase-stdin reads from a pipe or a file, and stdin is a terminal").
			WithHint("leave it out to be asked for the passphrase")
	}
	line, err := firstLine(p.in, longestPassphrase)
	switch line = strings.TrimSuffix(line, "\r"); {
	case err != nil:
		return vaultcore.Secret{}, usagef("the passphrase cannot be read from stdin: %s", err)
	case len(line) >= longestPassphrase-1: // a part of it, perhaps
		return vaultcore.Secret{}, usagef("the passphrase on stdin is longer than %d characters", longestPassphrase)
	case line == "":
		return vaultcore.Secret{}, usagef("there is no passphrase on stdin")
	}
	return vaultcore.NewSecret(line), nil
}
