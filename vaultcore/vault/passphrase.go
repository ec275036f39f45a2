package vault

import (
	"context"
	"sync/atomic"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Passphrase opens the file keychain: with one that came with the environment, until
// a lock, else by asking the person.
type Passphrase struct {
	settings *Settings
	prompter Prompter
	given    atomic.Pointer[vaultcore.Secret] // nil when there is none, or none any more
}

// NewPassphrase makes one; given may be zero.
func NewPassphrase(given vaultcore.Secret, own *Settings, prompter Prompter) *Passphrase {
	p := &Passphrase{settings: own, prompter: prompter}
	if !given.IsZero() {
		p.given.Store(&given)
	}
	return p
}

// Given is the passphrase that came with the environment; nil once it is dropped.
func (p *Passphrase) Given() *vaultcore.Secret { return p.given.Load() }

func (p *Passphrase) drop() { p.given.Store(nil) }

// Ask asks for the passphrase of the keychain. Notice says what was wrong with the
// last one, which the environment's is not tried after.
func (p *Passphrase) Ask(ctx context.Context, isNew bool, notice string) (vaultcore.Secret, error) {
	if given := p.given.Load(); given != nil && notice == "" {
		return *given, nil
	}
	q := vaultcore.Question{Kind: vaultcore.AskPassphrase, Device: p.settings.Now().FileDir, Notice: notice, Again: notice != ""}
	if isNew {
		q.Kind = vaultcore.AskNewPassphrase
	}
	return p.prompter.Ask(ctx, q)
}
