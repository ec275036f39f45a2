package inifile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// ErrNoSection is the failure of an edit of a section that is not there.
var ErrNoSection = errors.New("no such section")

// ErrValue is the failure for a name or value that cannot be written so that it
// reads back the same.
var ErrValue = errors.New("the file cannot hold it")

// Pair is a setting to write.
type Pair struct{ Name, Value string }

// Match chooses the sections that an edit is about, by their names. A file may
// have several sections that mean one thing.
type Match func(section string) bool

// Named matches sections of exactly this name; the empty name is the text
// before the first header.
func Named(name string) Match { return func(section string) bool { return section == name } }

// Set gives a setting a value. Where the setting stands, only its value is
// replaced; of several the one that counts, the last. Else a line is added
// behind the last setting of the last matching section. It may return:
// ErrNoSection, ErrValue, a *LineError of a section that cannot be read.
func Set(text []byte, match Match, name, value string) ([]byte, error) {
	if err := writable(Pair{name, value}); err != nil {
		return nil, err
	}
	found, err := matching(text, match)
	if err != nil {
		return nil, err
	}
	for i := len(found) - 1; i >= 0; i-- {
		x := found[i]
		for j := len(x.entries) - 1; j >= 0; j-- {
			if entryName(text, &x.entries[j]) == strings.ToLower(name) {
				return replaceValue(text, &x.entries[j], value), nil
			}
		}
	}
	return insert(text, found[len(found)-1], Pair{name, value}), nil
}

// Remove takes a setting out of all matching sections, with the block nested
// under it. A setting that is not there changes nothing. It may return:
// ErrNoSection, a *LineError of a section that cannot be read.
func Remove(text []byte, match Match, name string) ([]byte, error) {
	found, err := matching(text, match)
	if err != nil {
		return nil, err
	}
	var cuts []span
	for _, x := range found {
		for j := range x.entries {
			if entryName(text, &x.entries[j]) == strings.ToLower(name) {
				cuts = append(cuts, x.entries[j].whole)
			}
		}
	}
	return without(text, cuts), nil
}

// RemoveEmpty takes out the matching sections that have no settings and no comments. It
// may return: a *LineError of a section that cannot be read.
func RemoveEmpty(text []byte, match Match) ([]byte, error) {
	found, err := matching(text, match)
	if err != nil && !errors.Is(err, ErrNoSection) {
		return nil, err
	}
	var cuts []span
	for _, x := range found {
		if len(bytes.TrimSpace(text[x.header.end:x.whole.end])) == 0 {
			cuts = append(cuts, x.whole)
		}
	}
	return without(text, cuts), nil
}

// ReplaceLines puts lines in the place of those from first to last, counted from 1.
// What ends the last of them ends the new ones.
func ReplaceLines(text []byte, first, last int, lines ...string) []byte {
	start := 0
	for range first - 1 {
		start += len(lineFrom(text, start))
	}
	end := start
	for range last - first + 1 {
		end += len(lineFrom(text, end))
	}
	between, after := lineEnding(text), ""
	switch old := text[start:end]; {
	case bytes.HasSuffix(old, []byte("\r\n")):
		after = "\r\n"
	case bytes.HasSuffix(old, []byte("\n")):
		after = "\n"
	}
	if after != "" {
		between = after
	}
	return concat(text[:start], []byte(strings.Join(lines, between)+after), text[end:])
}

// NewSection is a section to write.
type NewSection struct {
	Name  string
	Pairs []Pair
}

// Append adds sections at the end, a blank line before each. It may return: ErrValue.
func Append(text []byte, sections ...NewSection) ([]byte, error) {
	end := lineEnding(text)
	var blocks []string
	for _, section := range sections {
		block, err := section.lines(end)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, block)
	}
	if len(blocks) == 0 {
		return text, nil
	}
	added := strings.Join(blocks, end+end)
	switch bare := len(bytes.TrimPrefix(text, byteOrderMark)) == 0; {
	case bare:
		added += end
	case text[len(text)-1] != '\n': // the last line goes on having no end
		added = end + end + added
	case len(bytes.TrimSpace(lastLine(text))) > 0:
		added = end + added + end
	default:
		added += end
	}
	return concat(text, []byte(added)), nil
}

// lines is the section as text, its last line without an end.
func (s NewSection) lines(end string) (string, error) {
	if err := writableSection(s.Name); err != nil {
		return "", err
	}
	lines := []string{"[" + s.Name + "]"}
	for _, pair := range s.Pairs {
		if err := writable(pair); err != nil {
			return "", err
		}
		lines = append(lines, pair.String())
	}
	return strings.Join(lines, end), nil
}

// RemoveSections takes all matching sections out, from their headers to their last
// settings, each with a blank line before it: comments between sections stay. It may
// return: ErrNoSection, a *LineError of a section that cannot be read.
func RemoveSections(text []byte, match Match) ([]byte, error) {
	found, err := matching(text, match)
	if err != nil {
		return nil, err
	}
	var cuts []span
	for _, x := range found {
		cuts = append(cuts, span{x.header.start - len(blankBefore(text[:x.header.start])), x.end()})
	}
	return without(text, cuts), nil
}

// blankBefore is the last line of a text, where that is blank.
func blankBefore(text []byte) []byte {
	if len(text) == 0 {
		return nil
	}
	if line := lastLine(text); len(bytes.TrimSpace(line)) == 0 {
		return line
	}
	return nil
}

// String is the setting as a line, without its end.
func (p Pair) String() string {
	if p.Value == "" {
		return p.Name + " ="
	}
	return p.Name + " = " + p.Value
}

// matching finds the sections that match, and refuses those that cannot be
// read: an edit among lines of unknown meaning could change another setting.
func matching(text []byte, match Match) ([]*extent, error) {
	extents, err := scan(text)
	if err != nil {
		return nil, err
	}
	var found []*extent
	for i := range extents {
		if !match(string(extents[i].name.of(text))) {
			continue
		}
		if extents[i].err != nil {
			return nil, extents[i].err
		}
		found = append(found, &extents[i])
	}
	if len(found) == 0 {
		return nil, ErrNoSection
	}
	return found, nil
}

// replaceValue puts value in the place of the old one. A nested block is the
// old value and goes with it.
func replaceValue(text []byte, e *entry, value string) []byte {
	place := e.value
	if place.start == place.end && value != "" {
		value = " " + value
	}
	out := concat(text[:place.start], []byte(value), text[place.end:])
	if len(e.nested) == 0 {
		return out
	}
	grown := len(value) - (place.end - place.start)
	first := e.whole.start + len(lineFrom(text, e.whole.start))
	return without(out, []span{{first + grown, e.whole.end + grown}})
}

// insert adds a line behind the last setting of a section, indented like it.
func insert(text []byte, x *extent, pair Pair) []byte {
	at := x.end()
	line := pair.String()
	switch n := len(x.entries); {
	case n > 0:
		e := &x.entries[n-1]
		line = string(text[e.name.start-e.indent:e.name.start]) + line
	case x.line == 1 && x.header.start == x.header.end: // before the first header
		at = x.whole.end
	}
	end := lineEnding(text)
	bare := len(bytes.TrimPrefix(text[:at], byteOrderMark)) == 0
	if bare || text[at-1] == '\n' {
		return concat(text[:at], []byte(line+end), text[at:])
	}
	return concat(text[:at], []byte(end+line), text[at:])
}

// without returns text without the cuts, which are in order. When the last line
// goes and had no end, the one before it loses its own.
func without(text []byte, cuts []span) []byte {
	out := make([]byte, 0, len(text))
	at := 0
	for _, cut := range cuts {
		out = append(out, text[at:cut.start]...)
		at = cut.end
	}
	out = append(out, text[at:]...)
	if len(cuts) == 0 || cuts[len(cuts)-1].end != len(text) || bytes.HasSuffix(text, []byte("\n")) {
		return out
	}
	out = bytes.TrimSuffix(out, []byte("\n"))
	return bytes.TrimSuffix(out, []byte("\r"))
}

// writable refuses what would not read back the same.
func writable(p Pair) error {
	line := []byte(p.Name + "=" + p.Value)
	switch {
	case !readable(line) || strings.ContainsRune(p.Value, '\t'):
		return fmt.Errorf("%w: control characters", ErrValue)
	case strings.TrimSpace(p.Name) != p.Name || strings.TrimSpace(p.Value) != p.Value:
		return fmt.Errorf("%w: spaces at an end", ErrValue)
	case strings.ContainsAny(p.Name, "=:#;[] \t"):
		return fmt.Errorf("%w: the name of a setting holds = : # ; [ ] or a space", ErrValue)
	case strings.HasPrefix(p.Value, "#") || strings.HasPrefix(p.Value, ";"),
		strings.Contains(p.Value, " #"), strings.Contains(p.Value, " ;"):
		return fmt.Errorf("%w: the value holds what would be read as a comment", ErrValue)
	}
	if reason := unreadable([]byte(p.Name), []byte(p.Value)); reason != "" {
		return fmt.Errorf("%w: %s", ErrValue, reason)
	}
	return nil
}

// writableSection refuses section names that would not read back the same.
func writableSection(name string) error {
	if name == "" || strings.TrimSpace(name) != name || strings.ContainsAny(name, "[]\t") || !readable([]byte(name)) {
		return fmt.Errorf("%w: the name of a section holds brackets, control characters or spaces at an end", ErrValue)
	}
	return nil
}

// lineEnding is how the first line of the text ends.
func lineEnding(text []byte) string {
	i := bytes.IndexByte(text, '\n')
	if i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// lineFrom is the line that starts at an offset, with its end.
func lineFrom(text []byte, at int) []byte {
	if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
		return text[at : at+i+1]
	}
	return text[at:]
}

// lastLine is the last line of a text that ends with a line end.
func lastLine(text []byte) []byte {
	return text[bytes.LastIndexByte(text[:len(text)-1], '\n')+1:]
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
