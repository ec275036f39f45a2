package awsconfig

import (
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

// maxDepth is how many profiles may lead from one to the next.
const maxDepth = 16

// resolve turns the sections into profiles, in the order of the file.
func (d *document) resolve() []vaultcore.Profile {
	list := make([]vaultcore.Profile, 0, len(d.order))
	index := make(map[string]int, len(d.order))
	for i, name := range d.order {
		list = append(list, d.profile(d.profiles[name]))
		index[name] = i
	}
	errs := make([]error, len(list)) // set afterwards: a loop is seen from each of its profiles
	for i := range list {
		if list[i].Err == nil {
			errs[i] = d.checkSources(list, index, i)
		}
	}
	for i, err := range errs {
		if err != nil {
			list[i].Err = err
		}
	}
	return list
}

// profile turns one section into a profile.
func (d *document) profile(s *section) vaultcore.Profile {
	p := vaultcore.Profile{Name: s.name, File: d.file, Line: s.line}
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
	case contains(seen, key.Value):
		return nil, fail("leads in a loop: %s", chain(append(seen, key.Value))).
			WithHint("take one of these lines out")
	case len(seen) >= maxDepth:
		return nil, fail("leads through more than %d profiles", maxDepth).
			WithHint("include a profile that is nearer to the lines that are wanted")
	}
	return next, nil
}

// leads returns the profile that p gets its credentials from, and the key that says
// so. A profile that names itself means its own key.
func leads(p vaultcore.Profile) (name, key string) {
	switch {
	case p.Alias.Profile != "":
		return p.Alias.Profile, "credential_process"
	case p.SourceProfile != p.Name:
		return p.SourceProfile, "source_profile"
	default:
		return "", ""
	}
}

// checkSources walks from a profile to the one that holds the key.
func (d *document) checkSources(list []vaultcore.Profile, index map[string]int, start int) error {
	p := list[start]
	source, key := leads(p)
	if source == "" {
		return nil
	}
	line, shown := d.keyLine(p.Name, key), vaultcore.Printable(p.Name)
	next, known := index[source]
	if !known {
		return nil // the keychain may have a key of that name; who needs it says what is missing
	}
	seen := []string{p.Name}
	for {
		at := list[next]
		seen = append(seen, at.Name)
		if at.Name == p.Name {
			return d.faultAt(line, "%s of profile %s leads in a loop: %s", key, shown, chain(seen)).
				WithHint("the last profile of a chain holds the key and names no other one: take one of these lines out")
		}
		source, _ := leads(at)
		after, known := index[source]
		if source == "" || !known || contains(seen[:len(seen)-1], at.Name) {
			return nil
		}
		if len(seen) > maxDepth {
			return d.faultAt(line, "%s of profile %s leads through more than %d profiles", key, shown, maxDepth).
				WithHint("name a profile that is nearer to the key")
		}
		next = after
	}
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
		WithHint("correct line %d of %s; the other profiles go on working", line, d.file)
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// chain shows names as "a → b → a".
func chain(names []string) string {
	var shown []string
	for _, name := range names {
		shown = append(shown, vaultcore.Printable(name))
	}
	return strings.Join(shown, " → ")
}
