package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/configedit"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
)

// plan is an import that is planned.
type plan struct {
	wanted configedit.Import // with the keys that move
	stored map[string]bool   // by profile: the keychain has the key already
	shown  agent.ImportResult
	config configedit.Change // of the config file
	plain  configedit.Change // of the credentials file

	csv  csvFile            // the console's file that the keys are in; else without a path
	from *keystore.AWSVault // whose keys they are, when they are to be removed there; else nil
}

// plan decides what moves. Nothing is changed.
func (i Importer) plan(ctx context.Context, r agent.ImportRequest) (plan, error) {
	p := newPlan(r, i.Files)
	found, err := i.find(ctx, r, &p)
	if err != nil {
		return plan{}, err
	}
	for _, key := range found {
		p.judge(r, i.look(ctx, r, p.wanted, key))
	}
	return p, p.finish()
}

func newPlan(r agent.ImportRequest, files awsconfig.Files) plan {
	return plan{
		wanted: configedit.Import{Files: files, Devices: make(map[string]string), Command: r.Command, Keep: r.Keep, AWSVault: r.AWSVault != nil},
		stored: make(map[string]bool),
	}
}

// judge says what becomes of one key, and puts it among those that move.
func (p *plan) judge(r agent.ImportRequest, f facts) {
	key := f.key
	row := agent.ImportedKey{
		PlainKey: vaultcore.PlainKey{Profile: key.Profile, File: key.File, Line: key.Line},
		ID:       vaultcore.MaskKeyID(key.Key.AccessKeyID), Identity: f.identity,
	}
	if err := f.stays(r.CSV != ""); err != nil {
		row.Why, row.Hint = err.Error(), vaultcore.Hint(err)
		p.shown.Keys = append(p.shown.Keys, row)
		return
	}
	row.Kept = f.stored != ""
	if devices := f.identity.MFADevices; len(devices) == 1 && !r.NoMFA && !f.hasMFA {
		row.MFASerial = devices[0]
		p.wanted.Devices[key.Profile] = devices[0]
	}
	key.Key.AccountID = f.identity.Account
	p.stored[key.Profile] = row.Kept
	p.wanted.Keys = append(p.wanted.Keys, key)
	p.shown.Keys = append(p.shown.Keys, row)
}

// finish plans the edits of the files for the keys that move, and names the whole.
func (p *plan) finish() error {
	var err error
	if p.config, err = configedit.PlanImport(p.wanted); err != nil {
		return err
	}
	if !p.wanted.Keep {
		if p.plain, err = configedit.PlanTakeOut(p.wanted.Files.Credentials, p.wanted.Keys); err != nil {
			return err
		}
	}
	p.shown.File, p.shown.Diff, p.shown.Notes = p.config.File, p.config.Diff, p.config.Notes
	if asked := p.newlyAsked(); len(asked) > 0 {
		p.shown.Notes = append(p.shown.Notes, "With mfa_serial, whatever uses "+vaultcore.Listed(asked)+
			" is asked for an MFA code whenever its session has ended, unattended scripts too; `vaultbar import --no-mfa` leaves it out.")
	}
	switch {
	case p.csv.path == "" || len(p.wanted.Keys) == 0:
	case p.deletes():
		p.shown.Notes = append(p.shown.Notes, p.csv.file+" is then deleted; a copy is kept, readable only by you.")
	default:
		p.shown.Notes = append(p.shown.Notes, p.csv.file+" is left unchanged, with its keys in plain text.")
	}
	p.shown.Plan = p.name()
	return nil
}

// newlyAsked are the profiles that get an MFA device.
func (p *plan) newlyAsked() (profiles []string) {
	for _, key := range p.wanted.Keys {
		if p.wanted.Devices[key.Profile] != "" {
			profiles = append(profiles, key.Profile)
		}
	}
	return profiles
}

// deletes says whether the console's file is deleted: all of its keys have moved.
func (p *plan) deletes() bool {
	return p.csv.path != "" && !p.wanted.Keep && len(p.wanted.Keys) == len(p.csv.keys)
}

// name tells the plan from others by all that it does; it is empty when no key moves.
func (p *plan) name() string {
	if len(p.wanted.Keys) == 0 {
		return ""
	}
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%q %q %t", p.config.Diff, p.plain.Diff, p.from != nil)
	for _, key := range p.wanted.Keys {
		_, _ = fmt.Fprintf(sum, " %q %q", key.Profile, key.Key.AccessKeyID)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
