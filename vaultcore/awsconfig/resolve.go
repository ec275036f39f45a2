package awsconfig

import (
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

// resolve turns the sections into profiles, in the order of the file.
func (d *document) resolve() vaultcore.Profiles {
	list := make([]vaultcore.Profile, 0, len(d.order))
	for _, name := range d.order {
		list = append(list, d.profile(d.profiles[name]))
	}
	profiles := vaultcore.NewProfiles(list)
	checked := slices.Clone(list) // a loop is seen from each of its profiles
	for i, p := range list {
		if p.Err == nil {
			checked[i].Err = d.checkChain(profiles, p)
		}
	}
	return vaultcore.NewProfiles(checked)
}

// profile turns one section into a profile.
func (d *document) profile(s *section) vaultcore.Profile {
	p := vaultcore.Profile{Name: s.name, File: d.file, Line: s.line, Synced: s.synced()}
	keys, err := d.included(s)
	if err != nil {
		p.Err = err
		return p
	}
	p.Err = d.fill(&p, keys)
	return p
}

// included merges the keys of the sections that s includes into its own, which
// go first.
func (d *document) included(s *section) (map[string]inifile.Key, error) {
	if s.err != nil {
		return nil, s.err
	}
	include, ok := s.keys["include_profile"]
	if !ok || include.Value == "" {
		return s.keys, nil
	}
	keys := make(map[string]inifile.Key, len(s.keys))
	seen := []string{}
	for at := s; ; {
		for name, key := range at.keys {
			if _, own := keys[name]; !own {
				keys[name] = key
			}
		}
		seen = append(seen, at.name)
		include, ok := at.keys["include_profile"]
		if !ok || include.Value == "" {
			return keys, nil
		}
		next, err := d.follow(seen, include)
		if err != nil {
			return nil, err
		}
		at = next
	}
}

// follow goes from the last of the profiles seen to the one that its key names.
func (d *document) follow(seen []string, key inifile.Key) (*section, error) {
	next := d.profiles[key.Value]
	shown := vaultcore.Printable(key.Value)
	fail := func(format string, args ...any) *vaultcore.Fault {
		return d.faultAt(key.Line, "%s of profile "+vaultcore.Printable(seen[len(seen)-1])+" "+format, append([]any{key.Name}, args...)...)
	}
	switch {
	case next == nil:
		return nil, fail("names %q, which is not in %s", shown, d.file).
			WithHint("correct the name, or add the profile")
	case next.err != nil:
		return nil, next.err
	case slices.Contains(seen, key.Value):
		return nil, fail("is circular: %s", arrows(append(seen, key.Value))).
			WithHint("remove one of these lines")
	case len(seen) >= vaultcore.MaxChain:
		return nil, fail("goes through more than %d profiles", vaultcore.MaxChain).
			WithHint("include a profile closer to the settings that are needed")
	}
	return next, nil
}

// checkChain refuses a profile that leads back to itself, or too far. A source that
// is not in the file is no fault: the keychain may have a key of that name, and who
// needs it says what is missing.
func (d *document) checkChain(profiles vaultcore.Profiles, p vaultcore.Profile) error {
	_, key := p.Leads()
	shown := vaultcore.Printable(p.Name)
	var names []string
	for i, at := range profiles.Chain(p.Name) {
		names = append(names, at.Name)
		switch {
		case i > 0 && at.Name == p.Name:
			return d.faultAt(d.keyLine(p.Name, key), "%s of profile %s is circular: %s", key, shown, arrows(names)).
				WithHint("the last profile of a chain holds the key and names no other one: remove one of these lines")
		case i == vaultcore.MaxChain:
			return d.faultAt(d.keyLine(p.Name, key), "%s of profile %s goes through more than %d profiles", key, shown, vaultcore.MaxChain).
				WithHint("name a profile closer to the key")
		}
	}
	return nil
}

// keyLine is the line of a key of a profile, which may be in a section it
// includes.
func (d *document) keyLine(name, key string) int {
	s := d.profiles[name]
	keys, err := d.included(s)
	if key, ok := keys[key]; err == nil && ok {
		return key.Line
	}
	return s.line
}

// faultAt is a fault of a line of the file, whose remedy is to correct it where
// nothing better is said.
func (d *document) faultAt(line int, format string, args ...any) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: "+format, append([]any{d.file, line}, args...)...).
		WithHint("correct line %d of %s; the other profiles keep working", line, d.file)
}

// arrows shows names as "a → b → a".
func arrows(names []string) string {
	var shown []string
	for _, name := range names {
		shown = append(shown, vaultcore.Printable(name))
	}
	return strings.Join(shown, " → ")
}
