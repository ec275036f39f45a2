package importer

import (
	"context"
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/accesskey"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/configedit"
)

// facts are what is known of a key that is wished for.
type facts struct {
	key      awsconfig.PlainKey
	hasMFA   bool               // its profile has an MFA device
	stored   string             // the id of the key that the keychain has under its profile's name; empty for none
	identity vaultcore.Identity // whose key it is, where AWS was asked
	err      error              // why it cannot be moved, or why nobody could say whether it can
}

// look finds out about a key. The keychain, and AWS, are asked only about one that could
// be moved.
func (i Importer) look(ctx context.Context, r agent.ImportRequest, wanted configedit.Import, key awsconfig.PlainKey) facts {
	profile, _ := i.Profiles.Get(key.Profile)
	f := facts{key: key, hasMFA: profile.MFASerial != "", err: key.Why}
	if f.err == nil {
		wanted.Keys = []awsconfig.PlainKey{key}
		_, f.err = configedit.PlanImport(wanted)
	}
	if f.err != nil {
		return f
	}
	f.stored, f.err = i.Keychain.KeyID(ctx, key.Profile)
	if errors.Is(f.err, vaultcore.ErrNoCredentials) {
		f.err = nil
	}
	if f.err == nil && f.stored == "" && !r.NoVerify {
		f.identity, f.err = i.Vault.Identify(ctx, agent.IdentifyRequest{Profile: key.Profile, Key: key.Key, Caller: r.Caller})
	}
	return f
}

// stays is why a key is left where it is; nil for one that moves. Another key in the
// keychain is not replaced, and that of a root user is not taken from a file of the
// console.
func (f facts) stays(csv bool) error {
	switch {
	case f.err != nil:
		return f.refused()
	case f.stored != "" && f.stored != f.key.Key.AccessKeyID:
		return f.another()
	case csv && f.identity.User == "root":
		return accesskey.Root()
	}
	return nil
}

// refused is why a key cannot be moved. One that AWS does not take, and that stands in a
// file, need not stay there when nothing uses it any more.
func (f facts) refused() error {
	var fault *vaultcore.Fault
	if f.key.Line == 0 || !errors.Is(f.err, vaultcore.ErrRefused) || !errors.As(f.err, &fault) {
		return f.err
	}
	return vaultcore.Faultf(vaultcore.ErrRefused, "%s", fault).WithCause(f.err).
		WithHint("if nothing uses the key of %s any more, remove its lines from %s; otherwise %s", vaultcore.Printable(f.key.Profile), f.key.File, vaultcore.Hint(f.err))
}

// another is the failure where the keychain has another key under the name.
func (f facts) another() error {
	name := vaultcore.Argument(f.key.Profile)
	old := "remove its lines from " + f.key.File
	if f.key.Line == 0 { // it is in no file of AWS's tools
		old = "leave it, or `aws-vault remove " + name + "` there"
	}
	return vaultcore.Faultf(vaultcore.ErrKey, "the keychain has a different key for %s", vaultcore.Printable(f.key.Profile)).
		WithHint("if that of %s is the old one, %s; if it is the new one, `vaultbar add --replace %s` stores it", f.key.File, old, name)
}
