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
func (v *Vault) Status(ctx context.Context) (agent.Status, error) {
	status := agent.Status{
		Version: vaultcore.Version(), PID: os.Getpid(), Started: v.started,
		Socket: v.paths.Socket, Config: v.ConfigFile(ctx), Log: v.paths.Log,
		Backend: v.keys.Backend(), Keychain: v.keys.Location(), Locked: v.keys.Locked(),
		Desktop:  v.desktop.Present(ctx),
		Profiles: len(v.roster(ctx).Latest(ctx, "").Profiles.All()), Sessions: v.pool.Count(),
		Elsewhere: v.elsewhere(ctx),
	}
	keys, err := v.shownKeyNames(ctx)
	if err != nil && !errors.Is(err, vaultcore.ErrLocked) {
		return status, fmt.Errorf("listing the keychain: %w", err)
	}
	status.Keys = len(keys.names)
	return status, nil
}
