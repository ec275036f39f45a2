package vault

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// Status is part of [agent.Service].
func (s *Vault) Status(ctx context.Context) (agent.Status, error) {
	status := agent.Status{
		Version: vaultcore.Version(), PID: os.Getpid(), Started: s.started,
		Socket: s.paths.Socket, Config: s.ConfigFile(ctx), Log: s.paths.Log,
		Backend: s.keys.Backend(), Keychain: s.keys.Location(), Locked: s.keys.Locked(),
		Desktop:  s.desktop.Present(ctx),
		Profiles: len(s.roster(ctx).Latest(ctx, "").Profiles.All()), Sessions: s.pool.Count(),
		Elsewhere: s.elsewhere(ctx),
	}
	keys, err := s.shownKeyNames(ctx)
	if err != nil && !errors.Is(err, vaultcore.ErrLocked) {
		return status, fmt.Errorf("listing the keychain: %w", err)
	}
	status.Keys = len(keys.names)
	return status, nil
}
