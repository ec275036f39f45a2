package settings

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// Loosening is a change of a setting that gives up a protection.
type Loosening struct {
	Profile string // whose setting it is; empty for one of all
	Key     string
	Value   string // what it is now
	Gives   string // what is given up, as a sentence
}

// loosenedBy marks a setting of a few values, of which one gives up a protection.
// gives says which, as a sentence.
func (t Setting[S]) loosenedBy(value, gives string) Setting[S] {
	t.gives = gives
	t.loosens = func(before, after S) bool { return t.get(before) != value && t.get(after) == value }
	return t
}

// loosenedByMore marks a setting that is a list, each entry of which gives up a
// protection. gives says which, as a sentence.
func (t Setting[S]) loosenedByMore(gives string) Setting[S] {
	t.gives = gives
	t.loosens = func(before, after S) bool {
		trusted := entries(t.get(before))
		return slices.ContainsFunc(entries(t.get(after)), func(e string) bool { return !slices.Contains(trusted, e) })
	}
	return t
}

// loosenedByAny marks a setting that gives up a protection when it is set at all.
// gives says which, as a sentence.
func (t Setting[S]) loosenedByAny(gives string) Setting[S] {
	t.gives = gives
	t.loosens = func(before, after S) bool { return t.get(after) != "" && t.get(before) != t.get(after) }
	return t
}

// loosenedByLess marks a setting that is a list, each entry of which protects. gives
// says what is given up with one, as a sentence.
func (t Setting[S]) loosenedByLess(gives string) Setting[S] {
	t = t.loosenedByMore(gives)
	more := t.loosens
	t.loosens = func(before, after S) bool { return more(after, before) }
	return t
}

// loosenedWhere marks a setting of which a rule says what gives up a protection.
func (t Setting[S]) loosenedWhere(gives string, rule func(before, after S) bool) Setting[S] {
	t.gives, t.loosens = gives, rule
	return t
}

// entries are those of a list, which are parted by commas or spaces.
func entries(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// Protects says whether some value of the setting gives up a protection.
func (t Setting[S]) Protects() bool { return t.loosens != nil }

// Loosened lists what after gives up that before protects.
func Loosened(before, after Settings) []Loosening {
	all := loosened(Table(), "", before, after, after)
	named := maps.Clone(after.Profiles)
	if named == nil {
		named = make(map[string]Profile)
	}
	maps.Copy(named, before.Profiles)
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if own := after.Profile(name); own != before.Profile(name) { // else a setting for all has changed, which says so itself
			all = append(all, loosened(ProfileTable(), name, before.Rule(name), after.Rule(name), own)...)
		}
	}
	return all
}

// loosened lists what a table gives up, with the values as they are shown.
func loosened[S any](table []Setting[S], profile string, before, after, shown S) []Loosening {
	var all []Loosening
	for _, setting := range table {
		if setting.loosens != nil && setting.loosens(before, after) {
			all = append(all, Loosening{profile, setting.Key, setting.Get(shown), setting.gives})
		}
	}
	return all
}

// Would returns the settings as they are once a setting has a value, one of a
// profile where it is named, without writing anything. It may return: ErrRequest for
// a setting or a value that does not exist.
func (s Settings) Would(profile, key, value string) (Settings, error) {
	if profile == "" {
		return s, would(&s, Table(), key, value)
	}
	own := s.Profile(profile)
	if err := would(&own, ProfileTable(), key, value); err != nil {
		return s, err
	}
	s.Profiles = maps.Clone(s.Profiles)
	if s.Profiles == nil {
		s.Profiles = make(map[string]Profile)
	}
	s.Profiles[profile] = own
	return s, nil
}

func would[S any](s *S, table []Setting[S], key, value string) error {
	setting, err := settable(table, key)
	if err != nil {
		return err
	}
	if err := setting.parse(s, value); err != nil {
		return badValue(setting, value)
	}
	return nil
}

// Remember writes the settings that protect something to a file, for
// [Remembered] to compare with at the next start. The file is made when missing.
func Remember(path string, s Settings) error {
	text := protecting(Table(), s)
	unset := protecting(ProfileTable(), Settings{}.Profile(""))
	for _, name := range slices.Sorted(maps.Keys(s.Profiles)) {
		if own := protecting(ProfileTable(), s.Profile(name)); !slices.Equal(own, unset) {
			text = append(text, "["+profilePrefix+name+"]\n"...)
			text = append(text, own...)
		}
	}
	if old, err := atomicfile.Read(path); err == nil && string(old) == string(text) {
		return nil // a write would cost each start a sync
	}
	return atomicfile.Replace(path, text, 0o600)
}

// protecting are the lines of the settings that protect something.
func protecting[S any](table []Setting[S], s S) []byte {
	var text []byte
	for _, setting := range table {
		if setting.Protects() {
			text = append(text, setting.Key+" = "+setting.Get(s)+"\n"...)
		}
	}
	return text
}

// Remembered returns the settings as [Remember] wrote them, and false when it
// never did. What cannot be read there is as by default.
func Remembered(path string) (s Settings, ok bool) {
	if _, err := atomicfile.Read(path); errors.Is(err, fs.ErrNotExist) {
		return Settings{}, false
	}
	s, _, _ = Load(path)
	return s, true
}

// Protection is what protects each profile of a config: its own settings, and those of
// every profile that reaches the same, in that config and in the person's. Of one that is
// protected more than by its own settings it also says by those of which other profile.
func (s Settings) Protection(theirs, users vaultcore.Profiles) func(profile string) (rule Profile, by string) {
	reached := make(map[string]Profile) // what protects it, by what is reached
	names := make(map[string]string)    // whose settings protect that most, by the same
	for _, name := range slices.Sorted(maps.Keys(s.Profiles)) {
		other := s.Rule(name)
		if !other.Protects() && other.AgentsNamed != NamedByTags {
			continue
		}
		for _, by := range []string{theirs.Reached(name), users.Reached(name)} {
			before, ok := reached[by]
			switch {
			case by == "":
				continue
			case ok:
				reached[by] = before.With(other)
			default:
				reached[by] = other
			}
			if !ok || reached[by].Protected != before.Protected {
				names[by] = name
			}
		}
	}
	return func(profile string) (rule Profile, by string) {
		rule = s.Rule(profile)
		if len(reached) == 0 {
			return rule, ""
		}
		for _, link := range theirs.Chain(profile) {
			what := theirs.Reached(link.Name)
			also, ok := reached[what]
			if !ok || link.Name != profile && vaultcore.ReachesKey(what) {
				continue
			}
			before := rule.Protected
			if rule = rule.With(also); rule.Protected != before {
				by = names[what]
			}
		}
		return rule, by
	}
}
