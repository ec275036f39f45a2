package configedit

import (
	"cmp"
	"errors"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

// Addition is what is added to the config file beside a new key. Empty fields
// leave the file as it is.
type Addition struct {
	Profile   string
	Region    string
	MFASerial string

	// RoleARN and SourceProfile are of a profile that is a role: see [PlanRole].
	RoleARN       string
	SourceProfile string
}

// PlanAdd plans the change that adds the profile when it is missing, and sets
// its region and mfa_serial. It may return: ErrRequest for a name or value that
// cannot be written, ErrConfig for a file that cannot be read.
func PlanAdd(path string, add Addition) (Change, error) {
	return planned(path, func(e *editor) ([]string, error) { return nil, e.add(add) })
}

// PlanRegion plans the change that sets the region of a profile that is there. It may
// return: ErrNoProfile, and what [PlanAdd] returns.
func PlanRegion(path, profile, region string) (Change, error) {
	return planned(path, func(e *editor) ([]string, error) {
		if !e.doc.Has(profile) {
			return nil, vaultcore.NoProfile(profile, e.file, e.doc.Profiles.Like(profile))
		}
		return nil, e.add(Addition{Profile: profile, Region: region})
	})
}

// PlanRole plans the change that adds a profile for a role, which starts from a profile
// that is there. Check says why the new profile could not be used. It may return:
// ErrNoProfile, ErrRequest for a name that is taken or a value that cannot be written,
// ErrConfig, and what check returns.
func PlanRole(path string, add Addition, check func(planned awsconfig.Config, profile string) error) (Change, error) {
	return planned(path, func(e *editor) ([]string, error) {
		source, ok := e.doc.Profiles.Get(add.SourceProfile)
		switch {
		case !ok:
			return nil, vaultcore.NoProfile(add.SourceProfile, e.file, e.doc.Profiles.Like(add.SourceProfile))
		case e.doc.Has(add.Profile):
			return nil, vaultcore.Faultf(vaultcore.ErrRequest, "there is already a profile %s", vaultcore.Printable(add.Profile)).
				WithHint("nothing was written: give another name")
		}
		add.Region = cmp.Or(add.Region, source.Region)
		if err := e.add(add); err != nil {
			return nil, err
		}
		return nil, check(e.doc.Config, add.Profile)
	})
}

func (e *editor) add(add Addition) error {
	pairs, err := add.pairs()
	if err != nil {
		return err
	}
	if e.doc.Has(add.Profile) {
		for _, pair := range pairs {
			if err := e.set(add.Profile, pair.Name, pair.Value); err != nil {
				return err
			}
		}
		return nil
	}
	if err := checkName(add.Profile); err != nil {
		return err
	}
	text, err := inifile.Append(e.text, inifile.NewSection{Name: awsconfig.Header(add.Profile), Pairs: pairs})
	return e.edited(add.Profile, text, err)
}

// Add plans and applies; when somebody else edits the file meanwhile, anew.
func Add(path string, add Addition) error {
	for tries := 1; ; tries++ {
		change, err := PlanAdd(path, add)
		if err != nil {
			return err
		}
		err = change.Apply()
		if tries == 5 || !errors.Is(err, atomicfile.ErrChanged) {
			return err
		}
	}
}

func (add Addition) pairs() ([]inifile.Pair, error) {
	var pairs []inifile.Pair
	for _, pair := range []inifile.Pair{
		{Name: "role_arn", Value: add.RoleARN}, {Name: "source_profile", Value: add.SourceProfile},
		{Name: "region", Value: add.Region}, {Name: "mfa_serial", Value: add.MFASerial},
	} {
		if pair.Value == "" {
			continue
		}
		if err := checkValue(add.Profile, pair.Name, pair.Value); err != nil {
			return nil, err
		}
		pairs = append(pairs, pair)
	}
	return pairs, nil
}

// checkValue refuses a value with which the profile could not be used.
func checkValue(profile, key, value string) error {
	if reason := awsconfig.CheckValue(key, value); reason != "" {
		return vaultcore.Faultf(vaultcore.ErrRequest, "%s of profile %s %s", key, vaultcore.Printable(profile), reason).
			WithHint("nothing was written: give another value")
	}
	return nil
}

// checkName refuses names of new profiles that AWS's tools would read as
// something else, or that cannot be shown whole.
func checkName(name string) error {
	if err := vaultcore.CheckProfileName(name); err != nil {
		return err
	}
	if strings.ContainsAny(name, "\"'`#;\\") || strings.HasPrefix(name, "-") || vaultcore.Printable(name) != name {
		return vaultcore.Faultf(vaultcore.ErrRequest, "%q is not a valid name for a new profile", vaultcore.Printable(name)).
			WithHint("use letters, digits, dots, dashes and underscores")
	}
	return nil
}
