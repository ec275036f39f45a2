package awsconfig

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

// Setup is the wish that AWS's own tools get a profile's credentials from
// Vaultbar.
type Setup struct {
	Path        string // the config file
	Credentials string // the file of static keys, looked at only
	Profiles    []string
	Command     string // the absolute path of vaultbar
	Undo        bool   // take out what Setup wrote
}

// PlanSetup plans the change: one credential_process line for each profile that
// holds a key. A profile with a role gets none, because AWS's tools look at its
// role_arn first: the profile at the end of its source_profile is set up, and
// AWS's tools assume the role themselves. Doing it twice changes nothing. It may
// return: ErrNoProfile, ErrRequest for a path or name that AWS's tools cannot
// run, ErrConfig for a profile that cannot be used or has a credential_process
// of somebody else.
func PlanSetup(setup Setup) (Change, error) {
	e, err := edit(setup.Path)
	if err != nil {
		return Change{}, err
	}
	if !setup.Undo {
		if err := checkCommand(setup.Command); err != nil {
			return Change{}, err
		}
	}
	s := &setter{editor: e, setup: setup, static: staticKeys(setup.Credentials), done: map[string]bool{}}
	for _, name := range setup.Profiles {
		if err := s.profile(name); err != nil {
			return Change{}, err
		}
	}
	return e.change(s.notes), nil
}

// setter sets up one profile after the other.
type setter struct {
	*editor
	setup  Setup
	static staticNames
	notes  []string
	done   map[string]bool // profiles that hold a key and have been seen to
}

func (s *setter) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// profile finds the profile that holds the key, and sets it up.
func (s *setter) profile(name string) error {
	p, ok := s.config.Profiles.Get(name)
	if !ok {
		return vaultcore.NoProfile(name, s.file, s.config.Profiles.Like(name))
	}
	roles, source, err := s.source(p)
	if err != nil {
		return err
	}
	if source.SSO {
		s.note("%s signs in by itself through AWS's single sign-on; nothing is changed for it.", vaultcore.Printable(source.Name))
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

// once sees to a profile unless that has been done already.
func (s *setter) once(p vaultcore.Profile, do func(vaultcore.Profile) error) error {
	if s.done[p.Name] {
		return nil
	}
	s.done[p.Name] = true
	return do(p)
}

// source walks from a role to the profile that holds the key, and returns the
// roles on the way.
func (s *setter) source(p vaultcore.Profile) (roles []vaultcore.Profile, source vaultcore.Profile, err error) {
	for p.Err == nil && !p.SSO && p.RoleARN != "" {
		if p.SourceProfile == "" || p.SourceProfile == p.Name {
			shown := vaultcore.Printable(p.Name)
			return nil, p, vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: profile %s has a role_arn, and AWS's tools look at that before credential_process", s.file, p.Line, shown).
				WithHint("give the key a profile of its own and name that as source_profile of %s", shown)
		}
		roles = append(roles, p)
		next, ok := s.config.Profiles.Get(p.SourceProfile)
		if !ok {
			shown := vaultcore.Printable(p.SourceProfile)
			return nil, p, vaultcore.Faultf(vaultcore.ErrNoProfile, "source_profile of profile %s names %q, which is not in %s", vaultcore.Printable(p.Name), shown, s.file).
				WithHint("correct the name, or run `vaultbar add %s` to add the profile and its key", shown)
		}
		p = next // the walk ends: a loop would have given p an Err
	}
	return roles, p, p.Err
}

// explain says why a role is not set up itself.
func (s *setter) explain(role, source vaultcore.Profile) {
	shown, from := vaultcore.Printable(role.Name), vaultcore.Printable(source.Name)
	s.note("%s is a role, and AWS's tools look at its role_arn before any credential_process: %s, from which it starts, is set up instead, and they assume the role themselves.", shown, from)
	if role.MFASerial != "" {
		s.note("%s has an mfa_serial of its own, for which AWS's tools will ask themselves: take it out of %s where the session of %s has MFA.", shown, shown, from)
	}
}

// write gives a profile its line.
func (s *setter) write(p vaultcore.Profile) error {
	line, err := processLine(s.setup.Command, p.Name)
	if err != nil {
		return err
	}
	s.warnStatic(p.Name)
	if strings.Contains(p.Name, " ") {
		s.note("The name of %s has a space: AWS's SDK for Go, and so Terraform, finds it only with quotes as part of the name, other tools only without.", vaultcore.Printable(p.Name))
	}
	key, ok := s.process(p.Name)
	if !ok {
		return s.set(p.Name, "credential_process", line)
	}
	shown := vaultcore.Printable(p.Name)
	before, err := parseCommand(key.Value)
	switch {
	case err != nil || !before.ours():
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: profile %s has a credential_process of another program", s.file, key.Line, shown).
			WithHint("take the line out if Vaultbar shall hold the key of %s; nothing was written", shown)
	case before.program() == "aws-vault":
		s.note("The line of %s that called aws-vault is replaced.", shown)
	case !before.exports(p.Name) && !contains(before.words, p.Name):
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: profile %s asks Vaultbar for another profile already", s.file, key.Line, shown).
			WithHint("set up the profile that it names, or take the line out")
	case !before.exports(p.Name):
		s.note("%s asks Vaultbar already, in a way of its own; its line is left as it is.", shown)
		return nil
	}
	if s.commented(key) {
		s.note("The comment behind the credential_process of %s is taken out: AWS's command line reads it as part of the command.", shown)
		if err := s.remove(p.Name, "credential_process"); err != nil {
			return err
		}
	}
	return s.set(p.Name, "credential_process", line)
}

// commented says whether anything stands behind the value of a key.
func (s *setter) commented(key inifile.Key) bool {
	lines := strings.Split(string(s.text), "\n")
	return !strings.HasSuffix(strings.TrimSpace(lines[key.Line-1]), key.Value)
}

// takeOut removes the line that write has written.
func (s *setter) takeOut(p vaultcore.Profile) error {
	shown := vaultcore.Printable(p.Name)
	key, ok := s.process(p.Name)
	if !ok {
		s.note("%s does not ask Vaultbar; nothing is changed for it.", shown)
		return nil
	}
	before, err := parseCommand(key.Value)
	if err != nil || !before.exports(p.Name) {
		s.note("The credential_process of %s is not one that setup has written; it is left as it is.", shown)
		return nil
	}
	if users := s.users(p.Name); len(users) > 0 {
		s.note("AWS's tools no longer get credentials for these roles either: %s.", strings.Join(users, ", "))
	}
	return s.remove(p.Name, "credential_process")
}

// process is the credential_process in the very section of a profile.
func (s *setter) process(profile string) (inifile.Key, bool) {
	key, ok := s.doc.profiles[profile].keys["credential_process"]
	return key, ok && key.Value != ""
}

// users are the roles that start from a profile.
func (s *setter) users(source string) []string {
	var names []string
	for _, p := range s.config.Profiles.All() {
		if p.RoleARN != "" && p.SourceProfile == source && p.Name != source {
			names = append(names, vaultcore.Printable(p.Name))
		}
	}
	return names
}

// warnStatic tells of keys in the clear, which AWS's tools take before they
// look at credential_process.
func (s *setter) warnStatic(profile string) {
	shown := vaultcore.Printable(profile)
	if s.static.err != nil {
		s.note("%s cannot be read, so it is not known whether it has keys that go before this line.", s.static.file)
	}
	if s.static.names[profile] {
		s.note("%s has a key for %s, and AWS's tools take that before they ask Vaultbar: take the section [%s] out of it once `vaultbar add %s` is done.",
			s.static.file, shown, shown, shown)
	}
	if _, ok := s.doc.profiles[profile].keys["aws_access_key_id"]; ok {
		s.note("%s has a key in [%s] itself, and some of AWS's tools take that before they ask Vaultbar: take the aws_ lines out once `vaultbar add %s` is done.",
			s.file, vaultcore.Printable(header(profile)), shown)
	}
}

// staticNames are the profiles that have keys in the clear.
type staticNames struct {
	file  string
	names map[string]bool
	err   error
}

// staticKeys looks for keys in the credentials file, without reading their
// values into anything that lives on.
func staticKeys(path string) staticNames {
	found := staticNames{file: display(path), names: map[string]bool{}}
	text, err := readText(path)
	if err != nil {
		found.err = err
		return found
	}
	parsed, err := inifile.Parse(text)
	if err != nil {
		found.err = err
		return found
	}
	for _, section := range parsed.Sections {
		if _, ok := section.Get("aws_access_key_id"); ok {
			found.names[section.Name] = true
		}
	}
	return found
}

// What AWS's tools can run. They split the line at spaces, some of them by way
// of a shell, so that nothing with a meaning to a shell may be in it.
var (
	pathShape = regexp.MustCompile(`^(/[A-Za-z0-9_./ -]*|([A-Za-z]:\\|\\\\)[A-Za-z0-9_./\\ -]*)$`)
	nameShape = regexp.MustCompile(`^[A-Za-z0-9_.@+=,:/][A-Za-z0-9_.@+=,:/ -]*$`)
)

func checkCommand(path string) error {
	if pathShape.MatchString(path) {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrRequest, "AWS's tools cannot run %q", vaultcore.Printable(path)).
		WithHint("put vaultbar where its absolute path has only letters, digits, spaces and any of -_./")
}

// processLine is the command that Setup writes. Where the name needs quotes it
// is not last: the Go SDK takes off quotes that stand at both ends of a value.
func processLine(path, profile string) (string, error) {
	if !nameShape.MatchString(profile) || strings.TrimSpace(profile) != profile {
		return "", vaultcore.Faultf(vaultcore.ErrRequest, "AWS's tools cannot pass on the name of profile %q", vaultcore.Printable(profile)).
			WithHint("rename the profile: letters, digits, spaces and any of -_.@+=,:/ can be passed on")
	}
	program := path
	if strings.Contains(path, " ") {
		program = `"` + path + `"`
	}
	if strings.Contains(profile, " ") {
		return program + ` export "` + profile + `" --format=json`, nil
	}
	return program + " export --format=json " + profile, nil
}
