package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/accesskey"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
)

// moving is an import that is planned.
type moving struct {
	wanted awsconfig.Import // with the keys that can move
	kept   map[string]bool  // by profile: the keychain has the key already
	shown  agent.ImportResult
	config awsconfig.Change // of the config file
	plain  awsconfig.Change // of the credentials file

	csv  awsconfig.CSVFile  // the console's file that they are in; else without a path
	from *keystore.AWSVault // whose keys they are, when they are to be removed there; else nil
}

// Import is part of [agent.Service]. A key is stored and read back first, then the
// config leads there, then it leaves where it was: whatever ends it in the middle,
// the next try goes on from there.
func (v *Vault) Import(ctx context.Context, r agent.ImportRequest) (agent.ImportResult, error) {
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	m, err := v.planImport(ctx, r)
	switch {
	case err != nil:
		return agent.ImportResult{}, err
	case r.Agreed == "" || m.shown.Plan == "":
		return m.shown, nil
	case r.Agreed != m.shown.Plan:
		return agent.ImportResult{}, vaultcore.Faultf(vaultcore.ErrBusy, "the files have changed since they were shown; nothing was moved").
			WithHint("try again")
	}
	for _, key := range m.wanted.Keys {
		if m.wanted.Holder(key) != key.Profile || m.kept[key.Profile] {
			continue
		}
		if err := v.Add(ctx, agent.AddRequest{Profile: key.Profile, Key: key.Key, Caller: r.Caller}); err != nil {
			return agent.ImportResult{}, err
		}
	}
	if err := v.rewrite(ctx, &m); err != nil {
		return agent.ImportResult{}, err
	}
	if err := v.removeThere(ctx, m); err != nil {
		return agent.ImportResult{}, err
	}
	v.log.Info("keys moved into the keychain", "keys", len(m.wanted.Keys))
	v.changed.Notify()
	return m.shown, nil
}

// planImport decides what moves. Nothing is changed.
func (v *Vault) planImport(ctx context.Context, r agent.ImportRequest) (moving, error) {
	v.liveConfig(ctx).Latest(ctx, "") // a file that is being written is not planned on
	files := awsconfig.Files{Config: v.ConfigFile(ctx), Credentials: v.staticPath(ctx)}
	m := moving{
		wanted: awsconfig.Import{Files: files, Devices: make(map[string]string), Command: r.Command, Keep: r.Keep, AWSVault: r.AWSVault != nil},
		kept:   make(map[string]bool),
	}
	found, err := v.importedFrom(ctx, &m, r)
	if err != nil {
		return moving{}, err
	}
	for _, key := range found {
		m.shown.Keys = append(m.shown.Keys, v.judge(ctx, r, &m, key))
	}
	return m, m.plan()
}

// importedFrom are the keys that are wished for, where they are now.
func (v *Vault) importedFrom(ctx context.Context, m *moving, r agent.ImportRequest) ([]awsconfig.PlainKey, error) {
	if r.AWSVault != nil {
		return v.awsVaultKeys(ctx, m, r)
	}
	if r.CSV != "" {
		var err error
		m.csv, err = awsconfig.ReadCSV(r.CSV, r.Profiles)
		if err != nil {
			return nil, err
		}
		return chosen(m.csv.Keys, r.Profiles)
	}
	found, err := awsconfig.PlainKeys(m.wanted.Files)
	if err != nil {
		return nil, err
	}
	return chosen(found, r.Profiles)
}

// chosen are the keys of these profiles, or all.
func chosen(found []awsconfig.PlainKey, profiles []string) ([]awsconfig.PlainKey, error) {
	for _, name := range profiles {
		if !slices.ContainsFunc(found, func(k awsconfig.PlainKey) bool { return k.Profile == name }) {
			return nil, vaultcore.Faultf(vaultcore.ErrNoCredentials, "no key of %s is in plain text in the files of AWS's tools", vaultcore.Printable(name)).
				WithHint("`vaultbar import --dry-run` shows the keys that do; `vaultbar add %s` takes one from elsewhere", vaultcore.Argument(name))
		}
	}
	if len(profiles) == 0 {
		return found, nil
	}
	return slices.DeleteFunc(found, func(k awsconfig.PlainKey) bool { return !slices.Contains(profiles, k.Profile) }), nil
}

// judge says what becomes of one key, and puts it among those that move.
func (v *Vault) judge(ctx context.Context, r agent.ImportRequest, m *moving, key awsconfig.PlainKey) agent.ImportedKey {
	row := agent.ImportedKey{
		PlainKey: vaultcore.PlainKey{Profile: key.Profile, File: key.File, Line: key.Line},
		ID:       vaultcore.MaskKeyID(key.Key.AccessKeyID),
	}
	err := key.Why
	if err == nil {
		alone := m.wanted
		alone.Keys = []awsconfig.PlainKey{key}
		_, err = awsconfig.PlanImport(alone)
	}
	if err == nil {
		row.Kept, err = v.keeps(ctx, key)
	}
	if err == nil && !r.NoVerify && !row.Kept {
		row.Identity, err = v.Identify(ctx, agent.IdentifyRequest{Profile: key.Profile, Key: key.Key, Caller: r.Caller})
		err = refusedAt(key, err)
	}
	if err == nil && r.CSV != "" && row.Identity.User == "root" {
		err = accesskey.Root()
	}
	if err != nil {
		row.Why, row.Hint = err.Error(), vaultcore.Hint(err)
		return row
	}
	key.Key.AccountID = row.Identity.Account
	if devices := row.Identity.MFADevices; len(devices) == 1 && !r.NoMFA && v.device(ctx, key.Profile) == "" {
		row.MFASerial = devices[0]
		m.wanted.Devices[key.Profile] = devices[0]
	}
	m.kept[key.Profile] = row.Kept
	m.wanted.Keys = append(m.wanted.Keys, key)
	return row
}

// refusedAt is why AWS does not take a key that stands in a file: what nothing uses any
// more need not stay there.
func refusedAt(key awsconfig.PlainKey, err error) error {
	var fault *vaultcore.Fault
	if key.Line == 0 || !errors.Is(err, vaultcore.ErrRefused) || !errors.As(err, &fault) {
		return err
	}
	return vaultcore.Faultf(vaultcore.ErrRefused, "%s", fault).WithCause(err).
		WithHint("if nothing uses the key of %s any more, take its lines out of %s; else %s", vaultcore.Printable(key.Profile), key.File, vaultcore.Hint(err))
}

// keeps says whether the keychain has this very key under the profile's name. Another
// one there is not replaced.
func (v *Vault) keeps(ctx context.Context, key awsconfig.PlainKey) (bool, error) {
	id, err := v.keys.KeyID(ctx, key.Profile)
	if errors.Is(err, vaultcore.ErrNoCredentials) {
		return false, nil
	}
	if err == nil && id != key.Key.AccessKeyID {
		name := vaultcore.Argument(key.Profile)
		old := "take its lines out of " + key.File
		if key.Line == 0 { // it is in no file of AWS's tools
			old = "leave it, or `aws-vault remove " + name + "` there"
		}
		err = vaultcore.Faultf(vaultcore.ErrKey, "the keychain has another key for %s", vaultcore.Printable(key.Profile)).
			WithHint("if that of %s is the old one, %s; if it is the new one, `vaultbar add --replace %s` takes it", key.File, old, name)
	}
	return err == nil, err
}

// device is the MFA device that a profile has already.
func (v *Vault) device(ctx context.Context, profile string) string {
	p, _ := v.liveConfig(ctx).Current().Profiles.Get(profile)
	return p.MFASerial
}

// plan plans the changes to the files, and names the whole.
func (m *moving) plan() error {
	var err error
	if m.config, err = awsconfig.PlanImport(m.wanted); err != nil {
		return err
	}
	if !m.wanted.Keep {
		if m.plain, err = awsconfig.PlanTakeOut(m.wanted.Files.Credentials, m.wanted.Keys); err != nil {
			return err
		}
	}
	m.shown.File, m.shown.Diff, m.shown.Notes = m.config.File, m.config.Diff, m.config.Notes
	if len(m.wanted.Keys) == 0 {
		return nil
	}
	switch {
	case m.csv.Path == "":
	case m.deletes():
		m.shown.Notes = append(m.shown.Notes, m.csv.File+" is deleted then; a copy is kept, readable by you alone.")
	default:
		m.shown.Notes = append(m.shown.Notes, m.csv.File+" is left as it is, with its keys in plain text.")
	}
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%q %q %t", m.config.Diff, m.plain.Diff, m.from != nil)
	for _, key := range m.wanted.Keys {
		_, _ = fmt.Fprintf(sum, " %q %q", key.Profile, key.Key.AccessKeyID)
	}
	m.shown.Plan = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// rewrite changes the files, whose keys are in the keychain by now.
func (v *Vault) rewrite(ctx context.Context, m *moving) error {
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer v.editing.Release(1)
	if !m.wanted.Keep {
		if err := v.backUp(m); err != nil {
			return err
		}
	}
	err := m.config.Apply()
	v.liveConfig(ctx).Reload()
	if err == nil {
		err = m.plain.Apply()
	}
	if err == nil && m.deletes() {
		err = m.csv.Delete()
	}
	m.shown.Applied = err == nil
	return err
}

// deletes says whether the console's file is deleted: all of its keys have moved.
func (m *moving) deletes() bool {
	return m.csv.Path != "" && !m.wanted.Keep && len(m.wanted.Keys) == len(m.csv.Keys)
}

// backUp keeps the files as they were, for nobody but the person.
func (v *Vault) backUp(m *moving) error {
	folder := filepath.Join(v.paths.State, "backup")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	stamp := time.Now().UTC().Format("20060102-150405")
	for path, takes := range map[string]bool{m.wanted.Files.Credentials: m.plain.Diff != "", m.wanted.Files.Config: m.wanted.InConfig(), m.csv.Path: m.deletes()} {
		text, err := os.ReadFile(path)
		if !takes || errors.Is(err, os.ErrNotExist) {
			continue
		}
		copied := filepath.Join(folder, filepath.Base(path)+"-"+stamp)
		if err == nil {
			err = atomicfile.Replace(copied, text, 0o600)
		}
		if err != nil {
			return vaultcore.Faultf(vaultcore.ErrConfig, "%s could not be copied before the keys are taken out: %v", path, err).
				WithHint("the keys are in the keychain and in the file; look at the space on the disk, then try again")
		}
		m.shown.Backups = append(m.shown.Backups, copied)
	}
	slices.Sort(m.shown.Backups)
	return nil
}

// plainKeys are the keys in plain text that can be moved, for a screen.
func (v *Vault) plainKeys(ctx context.Context) []vaultcore.PlainKey {
	if seen, ok := ctx.Value(surroundingsKey{}).(*surroundings); ok {
		return seen.plain
	}
	var keys []vaultcore.PlainKey
	for _, key := range v.plain.Keys(awsconfig.Files{Config: v.ConfigFile(ctx), Credentials: v.staticPath(ctx)}) {
		keys = append(keys, vaultcore.PlainKey{Profile: key.Profile, File: key.File, Line: key.Line})
	}
	return keys
}

// importable names the way on to who has no plan since a key on the way is in plain
// text still.
func (v *Vault) importable(ctx context.Context, config awsconfig.Config, profile string, err error) error {
	var fault *vaultcore.Fault
	plain := v.plainKeys(ctx)
	if len(plain) == 0 || !errors.As(err, &fault) {
		return err
	}
	names := []string{profile}
	for _, p := range config.Profiles.Chain(profile) {
		if next, _ := p.Leads(); next != "" {
			names = append(names, next)
		}
	}
	for _, key := range plain {
		if slices.Contains(names, key.Profile) {
			return fault.WithHint("the key of %s is in plain text in %s, line %d: `vaultbar import %s` moves it into the keychain",
				vaultcore.Printable(key.Profile), key.File, key.Line, vaultcore.Argument(key.Profile))
		}
	}
	return err
}
