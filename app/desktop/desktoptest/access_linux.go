package desktoptest

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// Accessible is a part of a window as a screen reader knows it (AT-SPI).
type Accessible struct {
	Role        string // "push button"
	Name        string // what is read out; for a text to read, the text
	Description string
	Label       string   // the name of what labels it; empty when it is its own name
	States      []string // those of note, in words
	Children    []Accessible

	place place
}

// place is where a part is on the accessibility bus.
type place struct {
	App  string
	Path dbus.ObjectPath
}

const (
	a11yBus        = "org.a11y.Bus"
	atspi          = "org.a11y.atspi."
	accessibleRoot = dbus.ObjectPath("/org/a11y/atspi/accessible/root")
)

// needAccessibility skips the test where the accessibility bus is not installed.
func needAccessibility(t testing.TB) {
	t.Helper()
	testenv.That(t, exists(filepath.Join(busServices, a11yBus+".service")), "the accessibility bus (Debian's package at-spi2-core)")
}

// a11y is a connection to the accessibility bus, which the first to ask for it starts.
func (s *Session) a11y() *dbus.Conn {
	s.t.Helper()
	if s.access != nil {
		return s.access
	}
	var address string
	s.check(s.conn.Object(a11yBus, "/org/a11y/bus").Call(a11yBus+".GetAddress", 0).Store(&address))
	conn, err := dbus.Connect(address)
	s.check(err)
	s.access = conn
	return conn
}

// ScreenReader tells the desktop's programs that a screen reader is on, or off.
func (s *Session) ScreenReader(on bool) {
	s.t.Helper()
	s.check(s.conn.Object(a11yBus, "/org/a11y/bus").SetProperty("org.a11y.Status.ScreenReaderEnabled", dbus.MakeVariant(on)))
}

// Accessible is the window of this title, as a screen reader knows it once it has all its
// parts, without those that only hold others.
func (s *Session) Accessible(title string) Accessible {
	s.t.Helper()
	var last Accessible
	s.Eventually("what "+title+" tells to screen readers", func() bool {
		now, ok := s.accessibleNow(title)
		whole := ok && now.String() == last.String()
		last = now
		return whole
	})
	return last
}

// accessibleNow is false when there is no such window: its program may not have told of
// it yet.
func (s *Session) accessibleNow(title string) (Accessible, bool) {
	s.t.Helper()
	apps, err := s.children(place{atspi + "Registry", accessibleRoot})
	s.check(err)
	for _, app := range apps {
		windows, err := s.children(app)
		if err != nil {
			continue // it has ended
		}
		for _, window := range windows {
			if name, err := s.text(window, "Accessible", "Name"); err != nil || !strings.Contains(name, title) {
				continue
			}
			if tree, err := s.read(window); err == nil {
				return tree, true
			}
		}
	}
	return Accessible{}, false
}

// read reads a part and what is in it.
func (s *Session) read(at place) (Accessible, error) {
	a := Accessible{place: at}
	object := s.a11y().Object(at.App, at.Path)
	var role uint32
	if err := object.Call(atspi+"Accessible.GetRole", 0).Store(&role); err != nil {
		return a, err
	}
	if a.Role = roles[role]; a.Role == "" {
		if err := object.Call(atspi+"Accessible.GetRoleName", 0).Store(&a.Role); err != nil {
			return a, err
		}
	}
	var bits []uint32
	if err := object.Call(atspi+"Accessible.GetState", 0).Store(&bits); err != nil {
		return a, err
	}
	a.States = stateWords(bits)
	var err error
	if a.Name, err = s.text(at, "Accessible", "Name"); err != nil {
		return a, err
	}
	if a.Description, err = s.text(at, "Accessible", "Description"); err != nil {
		return a, err
	}
	if a.Name == "" {
		a.Name = s.written(at)
	}
	if a.Label, err = s.label(at); err != nil {
		return a, err
	}
	parts, err := s.children(at)
	if err != nil {
		return a, err
	}
	for _, part := range parts {
		child, err := s.read(part)
		if err != nil {
			return a, err
		}
		switch {
		case slices.Contains(child.States, "hidden"):
		case holds[child.Role] && child.Name == "" && child.Description == "":
			a.Children = append(a.Children, child.Children...)
		default:
			a.Children = append(a.Children, child)
		}
	}
	return a, nil
}

// children lists the parts of a part.
func (s *Session) children(of place) (parts []place, err error) {
	s.t.Helper()
	err = s.a11y().Object(of.App, of.Path).Call(atspi+"Accessible.GetChildren", 0).Store(&parts)
	return parts, err
}

// text is a property of a part.
func (s *Session) text(of place, face, name string) (string, error) {
	value, err := s.a11y().Object(of.App, of.Path).GetProperty(atspi + face + "." + name)
	if err != nil {
		return "", err
	}
	text, _ := value.Value().(string)
	return text, nil
}

// written is what stands in a part that has text; empty for others.
func (s *Session) written(at place) (text string) {
	_ = s.a11y().Object(at.App, at.Path).Call(atspi+"Text.GetText", 0, int32(0), int32(-1)).Store(&text)
	return strings.TrimSpace(text)
}

// label is the name of what labels a part.
func (s *Session) label(of place) (string, error) {
	var relations []struct {
		Kind uint32
		To   []place
	}
	if err := s.a11y().Object(of.App, of.Path).Call(atspi+"Accessible.GetRelationSet", 0).Store(&relations); err != nil {
		return "", err
	}
	const labeledBy = 2 // ATSPI_RELATION_LABELED_BY
	for _, relation := range relations {
		if relation.Kind == labeledBy && len(relation.To) > 0 {
			return s.text(relation.To[0], "Accessible", "Name")
		}
	}
	return "", nil
}

// roles are those of the parts of dialogs, by their number: their names differ from one
// version of AT-SPI to the next.
var roles = map[uint32]string{
	2: "alert", 7: "check box", 16: "dialog", 20: "filler", 23: "frame", 26: "icon", 27: "image", 29: "label", 33: "menu",
	35: "menu item", 8: "check menu item", 39: "panel", 40: "password text", 43: "button", 48: "scroll bar", 49: "scroll pane",
	50: "separator", 55: "table", 56: "table cell", 57: "column header", 61: "text", 66: "tree table", 68: "viewport", 69: "window",
}

// holds are the roles of what is of no note without a name: most hold other parts, or
// scroll them.
var holds = map[string]bool{"filler": true, "panel": true, "scroll pane": true, "scroll bar": true, "viewport": true, "separator": true, "image": true, "icon": true, "label": true}

// The numbers of states.
const (
	stateChecked   = 4
	stateEditable  = 7
	stateFocusable = 11
	stateFocused   = 12
	stateSelected  = 23
	stateSensitive = 24
	stateShowing   = 25
	stateDefault   = 39
)

// stateWords names the states of note.
func stateWords(bits []uint32) (words []string) {
	has := func(state int) bool { return state/32 < len(bits) && bits[state/32]>>(state%32)&1 == 1 }
	for _, state := range []struct {
		number int
		wanted bool
		word   string
	}{
		{stateShowing, false, "hidden"}, {stateSensitive, false, "gray"}, {stateFocusable, true, "focusable"}, {stateFocused, true, "focused"},
		{stateEditable, true, "editable"}, {stateChecked, true, "checked"}, {stateSelected, true, "selected"}, {stateDefault, true, "default"},
	} {
		if has(state.number) == state.wanted {
			words = append(words, state.word)
		}
	}
	return words
}

// focused is the part that has the keyboard, and false when none has. Of the cells of a
// table it is the table: arrows lead from one to the next.
func (a Accessible) focused() (Accessible, bool) {
	for _, child := range a.Children {
		found, ok := child.focused()
		switch {
		case ok && a.Role == "table":
			return a, true
		case ok:
			return found, true
		}
	}
	return a, slices.Contains(a.States, "focused")
}

// String is a line for each part, those within it further to the right. That a part has
// the keyboard is not in it: that changes.
func (a Accessible) String() string {
	var b strings.Builder
	a.write(&b, "")
	return b.String()
}

func (a Accessible) write(b *strings.Builder, indent string) {
	fmt.Fprintf(b, "%s%s\n", indent, a.line())
	for _, child := range a.Children {
		child.write(b, indent+"    ")
	}
}

// line says what a part is.
func (a Accessible) line() string {
	line := a.Role
	if a.Name != "" {
		line += " " + quoted(a.Name)
	}
	if a.Description != "" {
		line += ", described as " + quoted(a.Description)
	}
	if a.Label != "" {
		line += ", labeled " + quoted(a.Label)
	}
	for _, word := range a.States {
		if word != "focused" && word != "focusable" {
			line += ", " + word
		}
	}
	return line
}

func quoted(text string) string { return "“" + strings.ReplaceAll(text, "\n", "⏎") + "”" }

// Brief names a part: what it is, and how it is called.
func (a Accessible) Brief() string {
	name := a.Name
	if name == "" {
		name, _, _ = strings.Cut(a.Label, "\n")
	}
	if name == "" {
		return a.Role
	}
	return a.Role + " " + quoted(name)
}

// TabOrder presses Tab in the window of this title until the keyboard is where it was,
// and returns the parts that had it, the first first.
func (s *Session) TabOrder(title string) (order []Accessible) {
	s.t.Helper()
	for {
		var now Accessible
		s.Eventually("another part of "+title+" has the keyboard", func() bool {
			window, _ := s.accessibleNow(title)
			focused, ok := window.focused()
			now = focused
			return ok && (len(order) == 0 || focused.place != order[len(order)-1].place)
		})
		if len(order) > 0 && now.place == order[0].place {
			return order
		}
		order = append(order, now)
		s.Key("Tab")
	}
}
