package settings

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// Loosening is a change of a setting that gives up a protection.
type Loosening struct {
	Key   string
	Value string // what it is now
	Gives string // what is given up, as a sentence
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

// entries are those of a list, which are parted by commas or spaces.
func entries(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// Protects says whether some value of the setting gives up a protection.
func (t Setting[S]) Protects() bool { return t.loosens != nil }

// Loosened lists what after gives up that before protects.
func Loosened(before, after Settings) []Loosening {
	var all []Loosening
	for _, setting := range Table() {
		if setting.loosens != nil && setting.loosens(before, after) {
			all = append(all, Loosening{setting.Key, setting.Get(after), setting.gives})
		}
	}
	return all
}

// Would returns the settings as they are once a setting has a value, without
// writing anything. It may return: ErrRequest for a setting or a value that does
// not exist.
func (s Settings) Would(key, value string) (Settings, error) {
	setting, err := settable(Table(), key)
	if err != nil {
		return s, err
	}
	if err := setting.parse(&s, value); err != nil {
		return s, badValue(setting, value)
	}
	return s, nil
}

// Remember writes the settings that protect something to a file, for
// [Remembered] to compare with at the next start. The file is made when missing.
func Remember(path string, s Settings) error {
	var text []byte
	for _, setting := range Table() {
		if setting.Protects() {
			text = append(text, setting.Key+" = "+setting.Get(s)+"\n"...)
		}
	}
	if old, err := atomicfile.Read(path); err == nil && string(old) == string(text) {
		return nil // a write would cost each start a sync
	}
	return atomicfile.Replace(path, text, 0o600)
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
