package configedit

import (
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
	"github.com/vaultbar/vaultbar/vaultcore/processline"
)

// keyLines are the keys of a section that are an access key in plain text.
var keyLines = []string{"aws_access_key_id", "aws_secret_access_key"}

// Import asks that keys which stood in plain text be used from the keychain.
type Import struct {
	Files   awsconfig.Files
	Keys    []awsconfig.PlainKey
	Devices map[string]string // the mfa_serial that a profile is to have, where it has none
	Command string            // the absolute path of vaultbar; empty leaves AWS's own tools as they are
	Keep    bool              // leave the plain lines
	// AWSVault says that the keys are aws-vault's: lines of other profiles that call it for
	// them are to call Vaultbar too.
	AWSVault bool
}

// InConfig says whether keys are taken out of the config file itself.
func (wanted Import) InConfig() bool {
	return !wanted.Keep && slices.ContainsFunc(wanted.Keys, func(k awsconfig.PlainKey) bool { return k.Path == wanted.Files.Config })
}

// Holder is the profile under whose name a key is kept: the first that has it, where
// the others can ask for that.
func (wanted Import) Holder(key awsconfig.PlainKey) string {
	if wanted.Command == "" {
		return key.Profile
	}
	first := slices.IndexFunc(wanted.Keys, func(k awsconfig.PlainKey) bool { return k.Key.AccessKeyID == key.Key.AccessKeyID })
	return wanted.Keys[first].Profile
}

// PlanImport plans the change of the config file for keys that move into the keychain:
// each has a profile there, with its MFA device and, for AWS's own tools, a
// credential_process line, and the region that stood beside its key where it has none;
// those that stood in the config file itself are taken out.
// It may return: ErrRequest, and ErrConfig for a profile that AWS's own tools would not
// find its key for any more.
func PlanImport(wanted Import) (Change, error) {
	return planned(wanted.Files.Config, func(e *editor) ([]string, error) {
		s := &setter{editor: e, setup: Setup{Path: wanted.Files.Config, Command: wanted.Command}, done: map[string]bool{}}
		if wanted.Command != "" {
			if err := processline.CheckPath(wanted.Command); err != nil {
				return nil, err
			}
		}
		for _, key := range wanted.Keys {
			if err := s.importKey(wanted, key); err != nil {
				return nil, err
			}
		}
		if wanted.AWSVault && wanted.Command != "" {
			s.takeOver(wanted.Keys)
		}
		return s.notes, nil
	})
}

// takeOver has the lines that call aws-vault for one of these keys call Vaultbar. One that
// cannot be written anew is left, and said to be.
func (s *setter) takeOver(keys []awsconfig.PlainKey) {
	for _, p := range s.doc.Profiles.All() {
		key, ok := s.process(p.Name)
		if before, err := processline.Parse(key.Value); !ok || err != nil || before.Program() != "aws-vault" {
			continue
		}
		chain := s.doc.Profiles.Chain(p.Name)
		if len(chain) == 0 || !slices.ContainsFunc(keys, func(k awsconfig.PlainKey) bool { return k.Profile == chain[len(chain)-1].Name }) {
			continue
		}
		if err := s.profile(p.Name); err != nil {
			s.note("The line of %s still calls aws-vault: %s.", vaultcore.Printable(p.Name), err)
		}
	}
}

func (s *setter) importKey(wanted Import, key awsconfig.PlainKey) error {
	add := Addition{Profile: key.Profile, MFASerial: wanted.Devices[key.Profile]}
	if p, _ := s.doc.Profiles.Get(key.Profile); p.Region == "" {
		add.Region = key.Region
	}
	if err := s.add(add); err != nil {
		return err
	}
	if !wanted.Keep && key.Path == wanted.Files.Config {
		for _, name := range keyLines {
			if err := s.remove(key.Profile, name); err != nil {
				return err
			}
		}
	}
	if wanted.Command == "" {
		return nil
	}
	if holder := wanted.Holder(key); holder != key.Profile {
		s.note("%s has the key of %s: it is kept once, under that name.", vaultcore.Printable(key.Profile), vaultcore.Printable(holder))
		line, err := processline.Request{Profile: holder}.Line(wanted.Command)
		if err != nil {
			return err
		}
		return s.set(key.Profile, "credential_process", line)
	}
	return s.profile(key.Profile)
}

// PlanTakeOut plans to take the lines of these keys out of the credentials file. A
// section with nothing left in it goes too. It may return: ErrConfig.
func PlanTakeOut(path string, keys []awsconfig.PlainKey) (Change, error) {
	return planned(path, func(e *editor) ([]string, error) {
		for _, key := range keys {
			if key.Path != path {
				continue
			}
			if err := e.takeOut(inifile.Named(key.Profile), key.Profile); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

// takeOut takes the lines of a key out of the matching sections.
func (e *editor) takeOut(match inifile.Match, profile string) error {
	for _, name := range keyLines {
		text, err := inifile.Remove(e.text, match, name)
		if err := e.edited(profile, text, err); err != nil {
			return err
		}
	}
	text, err := inifile.RemoveEmpty(e.text, match)
	return e.edited(profile, text, err)
}
