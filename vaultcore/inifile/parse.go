package inifile

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/ini.v1"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// File is an INI text that has been read.
type File struct {
	// Sections are in the order of the text; a name may come more than once.
	// The first has no name and holds what stands before the first header.
	Sections []Section
}

// Section is one section of a text.
type Section struct {
	Name string // as between the brackets, without the spaces around it
	Line int    // of its header
	Keys []Key  // each name once: of two, the later counts
	Err  *LineError
}

// Key is one setting of a section.
type Key struct {
	Name   string // in lower case
	Value  string // without spaces around it and without comment; quotes are kept
	Line   int
	Nested []Key // the indented lines under an empty value
}

// Get returns the value of a setting, by its name in lower case.
func (s Section) Get(name string) (Key, bool) {
	for _, key := range s.Keys {
		if key.Name == name {
			return key, true
		}
	}
	return Key{}, false
}

// Parse reads a text. A section that cannot be read has an Err and no keys; the
// error of Parse itself is about the text as a whole. It may return:
// ErrTooLarge, ErrEncoding.
func Parse(text []byte) (File, error) {
	if len(text) > atomicfile.MaxSize {
		return File{}, fmt.Errorf("%w: more than %d MB", ErrTooLarge, atomicfile.MaxSize>>20)
	}
	extents, err := scan(text)
	if err != nil {
		return File{}, err
	}
	file := File{Sections: make([]Section, len(extents))}
	for i := range extents {
		x := &extents[i]
		file.Sections[i] = Section{Name: string(x.name.of(text)), Line: x.line, Err: x.err}
	}
	for start := 0; start < len(extents); start += batch {
		end := min(start+batch, len(extents))
		readSections(text, extents[start:end], file.Sections[start:end])
	}
	return file, nil
}

// batch is how many sections ini.v1 is given at once. It allocates anew for
// each text and searches the names of sections one by one, so neither one
// section nor all of them is the right measure.
const batch = 32

// readSections reads the settings of sections, and, should ini.v1 refuse one of
// them, each on its own.
func readSections(text []byte, extents []extent, sections []Section) {
	var b bytes.Buffer
	for i := range extents {
		if extents[i].err == nil && len(extents[i].entries) > 0 {
			b.WriteString("[" + strconv.Itoa(i) + "]\n")
			normalize(&b, text, &extents[i])
		}
	}
	if b.Len() == 0 {
		return
	}
	loaded, err := ini.LoadSources(ini.LoadOptions{
		InsensitiveKeys:         true,
		IgnoreContinuation:      true, // a Windows path may end with a backslash
		IgnoreInlineComment:     true, // cut by the scanner, which knows tabs
		AllowNestedValues:       true,
		PreserveSurroundedQuote: true, // they mean something in credential_process
	}, b.Bytes())
	switch {
	case err == nil:
		for i := range extents {
			if extents[i].err == nil && len(extents[i].entries) > 0 {
				sections[i].Keys = keysOf(text, &extents[i], loaded.Section(strconv.Itoa(i)))
			}
		}
	case len(extents) == 1:
		// Its error quotes the line, which may hold a secret.
		sections[0].Err = &LineError{Line: extents[0].line, Reason: "the section cannot be read"}
	default:
		for i := range extents {
			readSections(text, extents[i:i+1], sections[i:i+1])
		}
	}
}

// normalize writes a section's settings with one indentation: none
// before a setting, one space before a nested line, no comments. What is nested
// under what depends on the depth of the lines before it, which ini.v1 does not
// look at. A line that would begin a section cannot be among them: the scanner
// refuses such names.
func normalize(b *bytes.Buffer, text []byte, x *extent) {
	for i := range x.entries {
		e := &x.entries[i]
		b.Write(e.name.of(text))
		b.WriteByte('=')
		b.Write(e.value.of(text))
		b.WriteByte('\n')
		for _, n := range e.nested {
			b.WriteByte(' ')
			b.Write(n.text.of(text))
			b.WriteByte('\n')
		}
	}
}

// keysOf takes the values out of what ini.v1 has read and gives them their
// lines.
func keysOf(text []byte, x *extent, loaded *ini.Section) []Key {
	last := make(map[string]int, len(x.entries))
	for i := range x.entries {
		last[entryName(text, &x.entries[i])] = i
	}
	keys := make([]Key, 0, len(last))
	for i := range x.entries {
		e := &x.entries[i]
		name := entryName(text, e)
		if last[name] != i {
			continue
		}
		key := Key{Name: name, Value: loaded.Key(name).Value(), Line: e.line}
		nested := loaded.Key(name).NestedValues()
		// Of a name that comes twice ini.v1 keeps the blocks of both.
		nested = nested[max(0, len(nested)-len(e.nested)):]
		for j, line := range nested {
			key.Nested = append(key.Nested, nestedKey(line, e.nested[j].line))
		}
		keys = append(keys, key)
	}
	return keys
}

// nestedKey splits a line of a nested block.
func nestedKey(text string, line int) Key {
	name, value, _ := strings.Cut(text, "=")
	return Key{Name: strings.ToLower(strings.TrimSpace(name)), Value: strings.TrimSpace(value), Line: line}
}

func entryName(text []byte, e *entry) string { return strings.ToLower(string(e.name.of(text))) }
