package vault

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/sso"
)

// pages shows AWS's sign-in pages in the person's browser.
type pages struct{ vault *Vault }

// Shows is part of [sso.Browsers].
func (p pages) Shows(ctx context.Context) bool { return p.vault.desktop.Present(ctx) }

// Show is part of [sso.Browsers].
func (p pages) Show(ctx context.Context, address vaultcore.Secret, proxy string) error {
	_, _, err := p.vault.browsers.Open(ctx, address, proxy, agent.LoginRequest{})
	return err
}

// signsIn names what a person must sign in to before a plan can be carried out; it
// is empty while a session lives or a sign-in can be refreshed.
func (v *Vault) signsIn(walk *session.Walk) string {
	first := walk.Plan.Steps[0]
	if first.Kind != sso.Kind || !v.signIns.Asks(first) {
		return ""
	}
	if _, lives := v.pool.Find(walk, len(walk.Plan.Steps)-1); lives {
		return ""
	}
	return first.Source.SignIn.Name()
}

// loadSignIns takes up the sign-ins of an earlier run, which the sessions of these
// walks are renewed with. Nobody is asked: the keychain is open.
func (v *Vault) loadSignIns(ctx context.Context, walks []*session.Walk) {
	for _, walk := range walks {
		if first := walk.Plan.Steps[0]; first.Kind == sso.Kind {
			if err := v.signIns.Load(ctx, first.Source.SignIn); err != nil {
				v.log.Warn("a saved sign-in could not be loaded yet", "error", err)
				return
			}
		}
	}
}
