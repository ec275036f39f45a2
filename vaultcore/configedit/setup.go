package configedit

import (
	"fmt"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
	"github.com/vaultbar/vaultbar/vaultcore/processline"
)

// Setup asks that AWS's own tools get a profile's credentials from
// Vaultbar.
type Setup struct {
	Path        string // the config file
	Credentials string // the file of static keys, looked at only
	Profiles    []string
	Command     string // the absolute path of vaultbar
	Undo        bool   // take out what Setup wrote

	// Check says why a profile cannot be used as the planned config has it.
	Check func(planned awsconfig.Config, profile string) error
}

// PlanSetup plans the change: one credential_process line for each profile that
// holds a key. A profile with a role gets none, because AWS's tools look at its
// role_arn first: the profile at the end of its source_profile is set up, and
// AWS's tools assume the role themselves. A line that calls aws-vault keeps the
// profile that it names and the flags that say what is wanted. Doing it twice
// changes nothing. It may return: ErrNoProfile, ErrRequest for a path or name that
// AWS's tools cannot run, ErrConfig for a profile that cannot be used or has a
// credential_process of somebody else, and what Check returns.
func PlanSetup(setup Setup) (Change, error) {
	return planned(setup.Path, func(e *editor) ([]string, error) {
		if !setup.Undo {
			if err := processline.CheckPath(setup.Command); err != nil {
				return nil, err
			}
		}
		s := &setter{editor: e, setup: setup, done: map[string]bool{}}
		s.static, s.staticErr = awsconfig.PlainKeys(awsconfig.Files{Credentials: setup.Credentials})
		for _, name := range setup.Profiles {
			if err := s.profile(name); err != nil {
				return nil, err
			}
		}
		for _, name := range s.written {
			if err := setup.Check(s.doc.Config, name); err != nil { // the line could not work
				return nil, err
			}
		}
		return s.notes, nil
	})
}

// setter sets up one profile after the other.
type setter struct {
	*editor
	setup Setup
	notes []string
	done  map[string]bool // profiles that hold a key and have been seen to

	static    []awsconfig.PlainKey // in the credentials file
	staticErr error                // why it cannot be read

	written []string // profiles whose line is ours now
}

func (s *setter) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// profile finds the profile that holds the key, and sets it up.
func (s *setter) profile(name string) error {
	if _, ok := s.doc.Profiles.Get(name); !ok {
		return vaultcore.NoProfile(name, s.file, s.doc.Profiles.Like(name))
	}
	roles, source, err := s.source(name)
	if err != nil {
		return err
	}
	if elsewhere(source) {
		s.note("%s gets its credentials from %s; it is left unchanged.", vaultcore.Printable(source.Name), source.Source.Kind.Title())
		return nil
	}
	if s.setup.Undo {
		return s.once(source, s.takeOut)
	}
	for _, role := range roles {
		s.explain(role, source)
	}
	return s.once(source, s.write)
}

// elsewhere says whether AWS's tools get a profile's credentials without looking at
// credential_process.
func elsewhere(p vaultcore.Profile) bool {
	return p.Source.Kind != "" && p.Source.Kind != vaultcore.ProcessSource
}

// once sees to a profile unless that has been done already.
func (s *setter) once(p vaultcore.Profile, do func(vaultcore.Profile) error) error {
	if s.done[p.Name] {
		return nil
	}
	s.done[p.Name] = true
	return do(p)
}

// source finds the profile that holds the key of another, and returns the roles on
// the way.
func (s *setter) source(name string) (roles []vaultcore.Profile, source vaultcore.Profile, err error) {
	var p vaultcore.Profile
	for _, p = range s.doc.Profiles.Chain(name) {
		if p.Err != nil || p.RoleARN == "" || elsewhere(p) {
			return roles, p, p.Err
		}
		if next, _ := p.Leads(); next == "" {
			shown := vaultcore.Printable(p.Name)
			return nil, p, vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: profile %s has a role_arn, which AWS's tools use rather than a credential_process", s.file, p.Line, shown).
				WithHint("give the key a profile of its own, and make that the source_profile of %s", shown)
		}
		roles = append(roles, p)
	}
	shown := vaultcore.Printable(p.SourceProfile)
	return nil, p, vaultcore.Faultf(vaultcore.ErrNoProfile, "source_profile of profile %s names %q, which is not in %s", vaultcore.Printable(p.Name), shown, s.file).
		WithHint("correct the name, or run `vaultbar add %s` to add the profile and its key", vaultcore.Argument(p.SourceProfile))
}

// explain says why a role is not set up itself.
func (s *setter) explain(role, source vaultcore.Profile) {
	shown, from := vaultcore.Printable(role.Name), vaultcore.Printable(source.Name)
	s.note("%s is a role, and AWS's tools use its role_arn rather than a credential_process: %s, whose key it starts from, is set up instead, and the tools assume the role themselves.", shown, from)
	if role.MFASerial != "" {
		s.note("%s has its own mfa_serial, so AWS's tools will ask for a code themselves: remove it from %s if the session of %s has MFA.", shown, shown, from)
	}
}

// process is the credential_process in the very section of a profile.
func (s *setter) process(profile string) (inifile.Key, bool) {
	key, ok := s.doc.Key(profile, "credential_process")
	return key, ok && key.Value != ""
}

// users are the roles that start from a profile.
func (s *setter) users(source string) []string {
	var names []string
	for _, p := range s.doc.Profiles.All() {
		if p.RoleARN != "" && p.SourceProfile == source && p.Name != source {
			names = append(names, vaultcore.Printable(p.Name))
		}
	}
	return names
}
