// Package importer moves access keys into the keychain from where they are less safe:
// from the files of AWS's tools, where they are in plain text, from a file of the IAM
// console, and from aws-vault's keychain.
//
// An import is planned first, and nothing is changed by that: the keys are found
// (find.go), each is judged, and the edits of the files are planned (plan.go). A key
// that is not as AWS writes it, that AWS's tools would not find any more, that AWS does
// not take or that the keychain has another of stays where it is, and the result says
// why. The plan has a name, which a person agrees to: what has changed since is not
// carried out.
//
// Then (move.go) a key is stored and read back first, the config leads to the keychain,
// and only then does the key leave where it was: whatever ends an import in the middle,
// the next one resumes it. The files are backed up before a key leaves them.
//
// The package edits no file itself: configedit plans the edits. It asks nobody.
// Start with [Importer.Import].
package importer

import (
	"context"
	"log/slog"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
)

// Vault is what an import needs of the vault that the keys move into.
type Vault interface {
	// Identify asks AWS whose a key is. It may return: ErrRefused, ErrWrongAccount for one
	// that does not belong to its profile.
	Identify(context.Context, agent.IdentifyRequest) (vaultcore.Identity, error)
	// Add stores a key under the name of its profile, and reads it back.
	Add(context.Context, agent.AddRequest) error
}

// Keychain is what an import looks up in the keychain.
type Keychain interface {
	// KeyID is the id of the key under a name. It may return: ErrNoCredentials for none.
	KeyID(ctx context.Context, name string) (string, error)
	Key(ctx context.Context, name string) (vaultcore.Credentials, error)
}

// Importer imports keys for one person, whose files it knows.
type Importer struct {
	Vault    Vault
	Keychain Keychain
	Files    awsconfig.Files
	Profiles vaultcore.Profiles // of the config file, as it is now
	Backups  string             // the folder in which the files are kept as they were
	// Edit makes a change of the files while nobody else does, and has them read again.
	Edit func(ctx context.Context, change func() error) error
	Log  *slog.Logger
}

// Import shows what would move, or moves it where that has been agreed to. It may
// return: ErrNoCredentials for a profile without a key in plain text, ErrConfig for a
// file that cannot be read or written, ErrBusy for a plan that is no longer what was
// agreed to, ErrKey, and what the vault and the keychains return.
func (i Importer) Import(ctx context.Context, r agent.ImportRequest) (agent.ImportResult, error) {
	p, err := i.plan(ctx, r)
	switch {
	case err != nil:
		return agent.ImportResult{}, err
	case r.Agreed == "" || p.shown.Plan == "":
		return p.shown, nil
	case r.Agreed != p.shown.Plan:
		return agent.ImportResult{}, vaultcore.Faultf(vaultcore.ErrBusy, "the files have changed since they were shown; nothing was moved").
			WithHint("try again")
	}
	if err := i.move(ctx, r.Caller, &p); err != nil {
		return agent.ImportResult{}, err
	}
	i.Log.Info("keys moved into the keychain", "keys", len(p.wanted.Keys))
	return p.shown, nil
}
