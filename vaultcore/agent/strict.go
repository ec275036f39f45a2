package agent

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// This file is about names in frames. encoding/json takes the last of two fields
// of one name, any capitals, and passes over what it does not know; of two readers
// of a frame each may then have read another request. And a field that this app
// does not know may be a limit that its caller counts on ("only for ten minutes"),
// so a request with one is refused as one of a newer version. A field whose name
// begins with hintPrefix limits nothing: whoever does not know it does without.

const hintPrefix = "hint_"

// shape is which names an object may have and what their objects look like; nil
// for one that may have any.
type shape map[string]shape

// shapeOf is the shape of what encoding/json reads into a type.
func shapeOf(t reflect.Type) shape {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	s := make(shape)
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			maps.Copy(s, shapeOf(field.Type))
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.IsExported() && name != "" && name != "-" {
			s[name] = shapeOf(field.Type)
		}
	}
	return s
}

// checkNames looks at every name of a frame that is valid JSON. It may return:
// ErrRequest for a name that comes twice, ErrVersion for one that is not known.
func checkNames(frame []byte, known shape) error {
	w := walker{rest: frame}
	return w.value(known)
}

// walker walks over a frame that is valid JSON. It copies nothing: a snapshot of a
// thousand profiles has ten thousand names.
type walker struct {
	rest []byte
	open [][]byte // the names so far of the objects that it is inside of
}

// value passes over one value.
func (w *walker) value(known shape) error {
	switch w.next() {
	case '{':
		return w.object(known)
	case '[':
		return w.list(known)
	case '"':
		w.text()
	default: // a number, true, false or null
		for len(w.rest) > 0 && strings.IndexByte(",]} \t\r\n", w.rest[0]) < 0 {
			w.rest = w.rest[1:]
		}
	}
	return nil
}

// object passes over an object, whose names are then known to be good.
func (w *walker) object(known shape) error {
	seen := names{from: len(w.open)}
	w.rest = w.rest[1:]
	for w.next() != '}' {
		name := named(w.text())
		inner, ok := known[string(name)]
		switch {
		case w.has(&seen, name):
			return twice(string(name))
		case known != nil && !ok && !bytes.HasPrefix(name, []byte(hintPrefix)):
			return unknownField(string(name))
		}
		w.next()
		w.rest = w.rest[1:] // the colon
		if err := w.value(inner); err != nil {
			return err
		}
		w.comma()
	}
	w.rest = w.rest[1:]
	w.open = w.open[:seen.from]
	return nil
}

func (w *walker) list(known shape) error {
	w.rest = w.rest[1:]
	for w.next() != ']' {
		if err := w.value(known); err != nil {
			return err
		}
		w.comma()
	}
	w.rest = w.rest[1:]
	return nil
}

// next is the next character that is no space; 0 at the end.
func (w *walker) next() byte {
	for len(w.rest) > 0 {
		switch c := w.rest[0]; c {
		case ' ', '\t', '\r', '\n':
			w.rest = w.rest[1:]
		default:
			return c
		}
	}
	return 0
}

func (w *walker) comma() {
	if w.next() == ',' {
		w.rest = w.rest[1:]
	}
}

// text passes over a string and returns it with its quotes and escapes.
func (w *walker) text() []byte {
	rest, end := w.rest, 1
	for rest[end] != '"' {
		if rest[end] == '\\' {
			end++
		}
		end++
	}
	w.rest = rest[end+1:]
	return rest[:end+1]
}

// named is a name without quotes and escapes.
func named(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	var name string
	_ = json.Unmarshal(raw, &name) // it is valid
	return []byte(name)
}

// names are those of one object so far: the walker's from here on, and in a map as
// soon as there are many, which of our frames none has.
type names struct {
	from int
	many map[string]bool
}

const fewNames = 32

// has says whether a name was there already, in whatever capitals, and adds it.
func (w *walker) has(n *names, name []byte) bool {
	if !simple(name) {
		name = bytes.ToLower(bytes.ToUpper(name)) // both, for letters that have two small forms
	}
	if n.many != nil {
		again := n.many[string(name)]
		n.many[string(name)] = true
		return again
	}
	for _, other := range w.open[n.from:] {
		if bytes.Equal(other, name) {
			return true
		}
	}
	w.open = append(w.open, name)
	if len(w.open)-n.from == fewNames {
		n.many = make(map[string]bool, 2*fewNames)
		for _, other := range w.open[n.from:] {
			n.many[string(other)] = true
		}
	}
	return false
}

// simple says whether a name has only the characters that our names have.
func simple[T string | []byte](name T) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && c != '_' {
			return false
		}
	}
	return true
}

func twice(name string) error {
	return vaultcore.Faultf(vaultcore.ErrRequest, "the message has the field %q twice", fieldName(name)).
		WithHint("the program that asks is broken, or something changes what it says")
}

func unknownField(name string) error {
	return vaultcore.Faultf(vaultcore.ErrVersion,
		"the running app does not know the field %q of this request: it is older than the program that asks", fieldName(name)).
		WithHint("%s", restartHint)
}

// fieldName is a name that looks like one of a field. Any other is not repeated: it
// may be a secret in the wrong place.
func fieldName(name string) string {
	if len(name) > 40 || !simple(name) {
		return "…"
	}
	return name
}
