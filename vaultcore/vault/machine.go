package vault

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/machine"
)

// holdSecrets lets a plan use the secrets in the caller's environment until the request
// under ctx ends. Keys are sent only when they are needed: a caller that has not sent them
// is asked to. It may return: ErrWantsKeys, ErrConfig.
func (v *Vault) holdSecrets(ctx context.Context, prepared *session.Prepared) error {
	first := prepared.Plan.Steps[0]
	if first.Kind != machine.Kind || !vaultcore.HasEnvironment(ctx) {
		return nil
	}
	machines, secrets, err := machine.Read(vaultcore.EnvironmentOf(ctx))
	if err != nil {
		return err
	}
	if first.OfCaller() && machines.Keys == "" {
		return vaultcore.Faultf(vaultcore.ErrWantsKeys, "no keys in the environment for %s, which has %s",
			vaultcore.Printable(first.Profile), first.Source).
			WithHint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and run the command again")
	}
	v.machines.Hold(ctx, machines, secrets)
	return nil
}
