package inifile

import (
	"bytes"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// The limits that keep hostile text from costing more than it is worth. A file
// of a thousand profiles stays far below all of them.
const (
	maxSections = 10_000
	maxEntries  = 100_000 // settings and lines of nested blocks, in all sections
	maxKeys     = 500     // settings of one section: ini.v1 searches them one by one
)

// ErrTooLarge is the failure for a file beyond the limits of this package.
var ErrTooLarge = atomicfile.ErrTooLarge

// ErrEncoding is the failure for text that is not UTF-8.
var ErrEncoding = errors.New("the file is not UTF-8 text")

// LineError is a line that cannot be read. It does not quote the line.
type LineError struct {
	Line   int
	Reason string
}

// Error returns the line and the reason.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

var byteOrderMark = []byte("\xef\xbb\xbf")

// span is a piece of the text, from start up to end.
type span struct{ start, end int }

func (s span) of(text []byte) []byte { return text[s.start:s.end] }

// entry is one setting as it stands in the text.
type entry struct {
	line   int
	indent int
	name   span
	value  span // without surrounding spaces and comment; its place when empty
	whole  span // its lines, nested ones and line endings included
	nested []nestedLine
}

// nestedLine is one line of the indented block under a setting.
type nestedLine struct {
	line int
	text span
}

// extent is one section as it stands in the text.
type extent struct {
	line    int
	name    span
	header  span // the header's line with its ending; empty before the first header
	whole   span
	entries []entry
	err     *LineError // the first line that cannot be read
}

func (x *extent) fail(line int, reason string) {
	if x.err == nil {
		x.err = &LineError{Line: line, Reason: reason}
	}
}

// end is the offset behind the section's last setting, or behind its header.
func (x *extent) end() int {
	if n := len(x.entries); n > 0 {
		return x.entries[n-1].whole.end
	}
	return x.header.end
}

// scanner cuts a text into extents. The first extent is what stands before the
// first header.
type scanner struct {
	text    []byte
	extents []extent
	line    int
	entries int
	level   int  // the indentation of the last setting
	open    bool // a setting has been seen that an indented line would continue
}

// scan finds the sections and settings of a text.
func scan(text []byte) ([]extent, error) {
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		return nil, fmt.Errorf("%w: it is UTF-16", ErrEncoding)
	}
	s := &scanner{text: text, extents: []extent{{line: 1}}}
	at := 0
	if bytes.HasPrefix(text, byteOrderMark) {
		at = len(byteOrderMark)
	}
	s.extents[0].header = span{at, at}
	s.extents[0].whole = span{at, at}
	for at < len(text) {
		next := len(text)
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		s.line++
		if err := s.take(at, next); err != nil {
			return nil, err
		}
		s.current().whole.end = next
		at = next
	}
	return s.extents, nil
}

func (s *scanner) current() *extent { return &s.extents[len(s.extents)-1] }

// take reads the line from start to next.
func (s *scanner) take(start, next int) error {
	body := s.trim(span{start, next})
	content := body.of(s.text)
	if len(content) == 0 || content[0] == '#' || content[0] == ';' {
		return nil
	}
	indent := body.start - start
	if content[0] == '[' && (indent == 0 || bytes.IndexByte(content, ']') > 0) {
		return s.takeHeader(body, span{start, next})
	}
	if s.entries++; s.entries > maxEntries {
		return fmt.Errorf("%w: more than %d settings", ErrTooLarge, maxEntries)
	}
	if !readable(content) {
		s.current().fail(s.line, "it holds characters that are not text")
		return nil
	}
	if s.open && indent > s.level {
		s.takeNested(body, next)
		return nil
	}
	s.takeEntry(body, indent, span{start, next})
	return nil
}

// takeHeader begins a section. A header that does not end begins one as well,
// so that its settings do not fall to the section before it.
func (s *scanner) takeHeader(body, whole span) error {
	if len(s.extents) > maxSections {
		return fmt.Errorf("%w: more than %d sections", ErrTooLarge, maxSections)
	}
	x := extent{line: s.line, header: whole, whole: whole}
	content := body.of(s.text)
	end, ok := headerEnd(content)
	x.name = s.trim(span{body.start + 1, body.start + end})
	switch {
	case !ok:
		x.fail(s.line, "the section header does not end with ]")
	case x.name.start == x.name.end:
		x.fail(s.line, "a section without a name")
	case !readable(x.name.of(s.text)):
		x.fail(s.line, "a section whose name is not text")
	}
	s.extents = append(s.extents, x)
	s.open, s.level = false, 0
	return nil
}

// headerEnd finds the bracket that ends a header: the first one with nothing
// but a comment behind it.
func headerEnd(content []byte) (int, bool) {
	first := -1
	for i := 1; i < len(content); i++ {
		if content[i] != ']' {
			continue
		}
		rest := bytes.TrimSpace(content[i+1:])
		if len(rest) == 0 || rest[0] == '#' || rest[0] == ';' {
			return i, true
		}
		if first >= 0 { // one more bracket is looked at, not each of a million
			return first, false
		}
		first = i
	}
	if first >= 0 {
		return first, false
	}
	return len(content), false
}

// takeNested adds an indented line to the setting above it.
func (s *scanner) takeNested(body span, next int) {
	x := s.current()
	e := &x.entries[len(x.entries)-1]
	e.whole.end = next
	if e.value.start != e.value.end {
		x.fail(s.line, "the line is indented, so that AWS's tools read it as part of the line above")
		return
	}
	if len(e.nested) >= maxKeys {
		x.fail(s.line, fmt.Sprintf("a block of more than %d lines", maxKeys))
		return
	}
	e.nested = append(e.nested, nestedLine{line: s.line, text: s.cutComment(body)})
}

// takeEntry adds a setting to the section.
func (s *scanner) takeEntry(body span, indent int, whole span) {
	x := s.current()
	content := body.of(s.text)
	split := bytes.IndexAny(content, "=:")
	if split < 0 {
		s.open = false
		x.fail(s.line, "neither a setting, a section header nor a comment")
		return
	}
	e := entry{line: s.line, indent: indent, whole: whole}
	e.name = s.trim(span{body.start, body.start + split})
	after := body.start + split + 1
	e.value = s.trim(s.cutComment(span{after, body.end}))
	if e.value.start == e.value.end {
		e.value = span{after, after}
	}
	if reason := unreadable(e.name.of(s.text), e.value.of(s.text)); reason != "" {
		s.open = false
		x.fail(s.line, reason)
		return
	}
	if len(x.entries) >= maxKeys {
		s.open = false
		x.fail(s.line, fmt.Sprintf("a section of more than %d settings", maxKeys))
		return
	}
	x.entries = append(x.entries, e)
	s.open, s.level = true, indent
}

// unreadable says why a setting cannot be read. The quotes are those that
// ini.v1 gives a meaning of their own, and AWS's tools do not.
func unreadable(name, value []byte) string {
	switch {
	case len(name) == 0 || string(name) == "-":
		return "a setting without a name"
	case bytes.ContainsFunc(name, unicode.IsSpace): // "role_arn arn:aws:…" lacks its equals sign
		return "neither a setting, a section header nor a comment"
	case name[0] == '"' || name[0] == '`' || name[0] == '[':
		return "a setting whose name begins with a quote or bracket"
	case bytes.HasPrefix(value, []byte("`")) || bytes.HasPrefix(value, []byte(`"""`)):
		return "a value that begins with quotes that AWS's tools do not know"
	}
	return ""
}

// cutComment ends a span before the comment in its line: a # or ; behind a space.
func (s *scanner) cutComment(sp span) span {
	for i := sp.start + 1; i < sp.end; i++ {
		c, before := s.text[i], s.text[i-1]
		if (c == '#' || c == ';') && (before == ' ' || before == '\t') {
			return s.trim(span{sp.start, i})
		}
	}
	return sp
}

// trim takes white space off both ends of a span.
func (s *scanner) trim(sp span) span {
	content := sp.of(s.text)
	left := len(content) - len(bytes.TrimLeftFunc(content, unicode.IsSpace))
	return span{sp.start + left, sp.start + left + len(bytes.TrimSpace(content))}
}

// readable says whether bytes are text that may stand in a setting.
func readable(content []byte) bool {
	if !utf8.Valid(content) {
		return false
	}
	return bytes.IndexFunc(content, forbidden) < 0
}

// forbidden are control characters but the tab, and separators that some
// readers take for the end of a line.
func forbidden(r rune) bool {
	return r != '\t' && unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff'
}
