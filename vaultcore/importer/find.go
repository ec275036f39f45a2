package importer

import (
	"context"
	"errors"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
)

// find finds the keys that are wished for, and notes in the plan where they are.
func (i Importer) find(ctx context.Context, r agent.ImportRequest, p *plan) ([]awsconfig.PlainKey, error) {
	switch {
	case r.AWSVault != nil:
		from, err := keystore.OpenAWSVault(ctx, *r.AWSVault)
		if err != nil {
			return nil, err
		}
		if r.Remove {
			p.from = from
		}
		return i.inAWSVault(ctx, from, r.Profiles)
	case r.CSV != "":
		var err error
		if p.csv, err = readCSV(r.CSV, r.Profiles); err != nil {
			return nil, err
		}
		return chosen(p.csv.keys, r.Profiles)
	}
	found, err := awsconfig.PlainKeys(p.wanted.Files)
	if err != nil {
		return nil, err
	}
	return chosen(found, r.Profiles)
}

// inAWSVault reads the keys that aws-vault has: of all profiles, or of those that are
// named. Where its items cannot be listed, those of the config file are tried.
func (i Importer) inAWSVault(ctx context.Context, from *keystore.AWSVault, names []string) ([]awsconfig.PlainKey, error) {
	if len(names) == 0 {
		var err error
		if names, err = from.Names(ctx); err != nil {
			return nil, err
		}
	}
	tried := names
	if len(names) == 0 {
		for _, p := range i.Profiles.All() {
			tried = append(tried, p.Name)
		}
	}
	var found []awsconfig.PlainKey
	for _, name := range tried {
		key := awsconfig.PlainKey{Profile: name, File: "aws-vault (" + from.Backend() + ")"}
		key.Key, key.Why = from.Key(ctx, name)
		switch {
		case errors.Is(key.Why, vaultcore.ErrNoCredentials) && len(names) == 0:
			continue
		case key.Why != nil && !errors.Is(key.Why, vaultcore.ErrKey):
			return nil, key.Why
		}
		found = append(found, key)
	}
	return found, nil
}

// chosen are the keys of these profiles, or all.
func chosen(found []awsconfig.PlainKey, profiles []string) ([]awsconfig.PlainKey, error) {
	for _, name := range profiles {
		if !slices.ContainsFunc(found, func(k awsconfig.PlainKey) bool { return k.Profile == name }) {
			return nil, vaultcore.Faultf(vaultcore.ErrNoCredentials, "the files of AWS's tools have no key of %s in plain text", vaultcore.Printable(name)).
				WithHint("`vaultbar import --dry-run` shows those they have; `vaultbar add %s` stores one from elsewhere", vaultcore.Argument(name))
		}
	}
	if len(profiles) == 0 {
		return found, nil
	}
	return slices.DeleteFunc(found, func(k awsconfig.PlainKey) bool { return !slices.Contains(profiles, k.Profile) }), nil
}
