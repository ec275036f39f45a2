package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

func (p *program) lockCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lock",
		Short: "Lock Vaultbar: drop sessions and the passphrase from memory, and refuse requests until unlock, also after a restart",
		Args:  nothingMore,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := p.reach().Lock(cmd.Context()); err != nil {
				return err
			}
			p.tell("Locked. Run `vaultbar unlock` to unlock.")
			return nil
		},
	}
}

func (p *program) unlockCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "unlock",
		Short: "Unlock the keychain, and serve requests again after lock",
		Args:  nothingMore,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.unlock(cmd.Context()) },
	}
}

func (p *program) unlock(ctx context.Context) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	if _, err := request(ctx, asker, bare(p.reach().Unlock), agent.UnlockRequest{Caller: p.caller(asker, "")}); err != nil {
		return err
	}
	p.tell("Unlocked.")
	return nil
}
