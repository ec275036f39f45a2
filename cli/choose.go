package cli

import (
	"cmp"
	"context"

	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// profileFor is the profile that was named, else the one of this shell, else one
// that the person picks. usage is the command as it is used with a profile.
func (p *program) profileFor(ctx context.Context, app agent.Service, t *terminal.Terminal, named, usage string) (string, error) {
	if name := cmp.Or(named, p.env.get("AWS_VAULT"), p.env.get("AWS_PROFILE")); name != "" {
		return name, nil
	}
	if !t.Attended() {
		return "", usagef("missing profile name").
			WithHint("usage: vaultbar %s, or with AWS_PROFILE set\n`vaultbar list --profiles` shows the profiles", usage)
	}
	snap, err := app.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	if len(snap.Profiles) == 0 {
		return "", vaultcore.Faultf(vaultcore.ErrNoProfile, "there are no profiles yet").
			WithHint("run `vaultbar add NAME` to add one")
	}
	return p.pick(ctx, t, snap.Profiles)
}
