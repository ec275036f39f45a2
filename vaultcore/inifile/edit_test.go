package inifile

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// crlf turns a text of the tests into one of Windows.
func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

func TestEdit(t *testing.T) {
	const bom = "\xef\xbb\xbf"
	set := func(section, key, value string) func([]byte) ([]byte, error) {
		return func(text []byte) ([]byte, error) { return Set(text, Named(section), key, value) }
	}
	remove := func(section, key string) func([]byte) ([]byte, error) {
		return func(text []byte) ([]byte, error) { return Remove(text, Named(section), key) }
	}
	add := func(section string, pairs ...Pair) func([]byte) ([]byte, error) {
		return func(text []byte) ([]byte, error) { return Append(text, NewSection{section, pairs}) }
	}
	addAll := func(sections ...NewSection) func([]byte) ([]byte, error) {
		return func(text []byte) ([]byte, error) { return Append(text, sections...) }
	}
	removeAll := func(section string) func([]byte) ([]byte, error) {
		return func(text []byte) ([]byte, error) { return RemoveSections(text, Named(section)) }
	}
	tests := []struct {
		name string
		edit func([]byte) ([]byte, error)
		text string
		want string
	}{
		{"set in place, comment kept", set("a", "k", "new"), "[a]\n K  =\told   ; why\nz=1\n", "[a]\n K  =\tnew   ; why\nz=1\n"},
		{"set an empty value", set("a", "k", "v"), "[a]\nk =   # none\n", "[a]\nk = v   # none\n"},
		{"set to empty", set("a", "k", ""), "[a]\nk=v\n", "[a]\nk=\n"},
		{"set the last of several", set("a", "k", "3"), "[a]\nk=1\nk=2\n[b]\n[a]\nz=1\n", "[a]\nk=1\nk=3\n[b]\n[a]\nz=1\n"},
		{"set a nested block", set("a", "s3", "v"), "[a]\ns3 =\n  x = 1\n  # c\n  y = 2\nz = 1\n", "[a]\ns3 = v\nz = 1\n"},
		{"set a nested block at the end", set("a", "s3", "v"), "[a]\ns3 =\n  x = 1", "[a]\ns3 = v"},
		{"insert behind the last setting", set("a", "k", "v"), "[a]\n  z=1\n\n# of b\n[b]\n", "[a]\n  z=1\n  k = v\n\n# of b\n[b]\n"},
		{"insert behind a nested block", set("a", "k", "v"), "[a]\ns3 =\n  x = 1\n\n[b]\n", "[a]\ns3 =\n  x = 1\nk = v\n\n[b]\n"},
		{"insert into an empty section", set("a", "k", "v"), "[a] # c\n\n[b]\n", "[a] # c\nk = v\n\n[b]\n"},
		{"insert, last line without end", set("a", "k", "v"), "[a]\nz=1", "[a]\nz=1\nk = v"},
		{"insert before all sections", set("", "k", "v"), bom + "# head\n[b]\n", bom + "# head\nk = v\n[b]\n"},
		{"insert into nothing", set("", "k", "v"), "", "k = v\n"},
		{"insert into a byte order mark", set("", "k", "v"), bom, bom + "k = v\n"},
		{"remove", remove("a", "k"), "[a]\nx=1\nK = 2 # c\ny=3\n", "[a]\nx=1\ny=3\n"},
		{"remove each", remove("a", "k"), "[a]\nk=1\n[b]\nk=1\n[a]\nk=2\n", "[a]\n[b]\nk=1\n[a]\n"},
		{"remove with its block", remove("a", "s3"), "[a]\ns3=\n x=1\n\n y=2\nz=1\n", "[a]\nz=1\n"},
		{"remove the last line without end", remove("a", "k"), "[a]\nx=1\nk=2", "[a]\nx=1"},
		{"remove what is not there", remove("a", "k"), "[a]\nx=1", "[a]\nx=1"},
		{"append", add("b", Pair{"k", "v"}), "[a]\nx=1\n", "[a]\nx=1\n\n[b]\nk = v\n"},
		{"append behind a blank line", add("b", Pair{"k", "v"}), "[a]\nx=1\n\n", "[a]\nx=1\n\n[b]\nk = v\n"},
		{"append, last line without end", add("b", Pair{"k", "v"}), "[a]\nx=1", "[a]\nx=1\n\n[b]\nk = v"},
		{"append to nothing", add("b", Pair{"k", ""}), "", "[b]\nk =\n"},
		{"append to a byte order mark", add("b"), bom, bom + "[b]\n"},
		{"append several", addAll(NewSection{"b", []Pair{{"k", "v"}}}, NewSection{Name: "c"}), "[a]\n", "[a]\n\n[b]\nk = v\n\n[c]\n"},
		{"append none", addAll(), "[a]", "[a]"},
		{"remove a section", removeAll("b"), "[a]\nx=1\n\n[b]\nk = v\n\n# of c\n[c]\n", "[a]\nx=1\n\n# of c\n[c]\n"},
		{"remove a section that comes twice", removeAll("b"), "[b]\nk=1\n[a]\n[b]\ns3=\n x=1\n[c]\n", "[a]\n[c]\n"},
		{"remove the last section", removeAll("b"), "[a]\nx=1\n\n[b]\nk = v", "[a]\nx=1"},
		{"remove the only section", removeAll("b"), bom + "[b]\nk = v\n", bom},
		{"remove a section without settings", removeAll("b"), "[a]\n\n[b]\n# c\n", "[a]\n# c\n"},
	}
	for _, test := range tests {
		for _, windows := range []bool{false, true} {
			text, want := test.text, test.want
			if windows {
				text, want = crlf(text), crlf(want)
				if !strings.Contains(text, "\n") {
					continue // nothing shows which line ends it uses
				}
			}
			got, err := test.edit([]byte(text))
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			} else if string(got) != want {
				t.Errorf("%s (windows %v):\n got %q\nwant %q", test.name, windows, got, want)
			}
		}
	}
}

func TestEditRefuses(t *testing.T) {
	text := []byte("[a]\nx=1\n[bad]\nnonsense\n")
	for _, value := range []string{"a\nb", "a\rb", "a\x00", "a\tb", " a", "a ", "#a", "a #b", ";a", "a ;b", "`a`", `"""a"""`, "\xff", "a\u2028b", "a\u0085b"} {
		if _, err := Set(text, Named("a"), "k", value); !errors.Is(err, ErrValue) {
			t.Errorf("value %q: %v", value, err)
		}
	}
	for _, name := range []string{"", "-", "a=b", "a:b", "a b", "#a", ";a", "[a", "a]", "\"a", "a\n", " a"} {
		if _, err := Set(text, Named("a"), name, "v"); !errors.Is(err, ErrValue) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	for _, name := range []string{"", "a]", "[a", " a", "a\n", "a\x00"} {
		if _, err := Append(text, NewSection{Name: name}); !errors.Is(err, ErrValue) {
			t.Errorf("section %q: %v", name, err)
		}
	}
	if _, err := Set(text, Named("none"), "k", "v"); !errors.Is(err, ErrNoSection) {
		t.Errorf("no section: %v", err)
	}
	var line *LineError
	if _, err := Set(text, Named("bad"), "k", "v"); !errors.As(err, &line) || line.Line != 4 {
		t.Errorf("a section that cannot be read: %v", err)
	}
}

// TestRemoveUndoesSet holds that taking out what was added gives the old bytes.
func TestRemoveUndoesSet(t *testing.T) {
	for _, text := range []string{"[a]\nx=1\n", "[a]\nx=1", "[a]\n", "[a]", "# c\n[a] ; d\n\n[b]\n"} {
		for _, text := range []string{text, crlf(text)} {
			set, err := Set([]byte(text), Named("a"), "k", "v")
			if err != nil {
				t.Fatal(err)
			}
			back, err := Remove(set, Named("a"), "k")
			if err != nil || string(back) != text {
				t.Errorf("%q became %q, then %q (%v)", text, set, back, err)
			}
		}
	}
}

// FuzzEdit holds that a value that was set is read back, that every other
// setting stays, and that nothing but whole lines is added or taken away.
func FuzzEdit(f *testing.F) {
	f.Add([]byte("[a]\nk = 1 # c\n[b]\n s3 =\n   x = 1\n"), "a", "k", "v")
	f.Add([]byte("\xef\xbb\xbf[a]\r\nk = 1\r\n"), "a", "other", "")
	f.Add([]byte("[a]\nx=1"), "", "k", "v")
	f.Fuzz(func(t *testing.T, text []byte, section, key, value string) {
		before, err := Parse(text)
		if err != nil {
			return
		}
		edited, err := Set(text, Named(section), key, value)
		if errors.Is(err, ErrNoSection) {
			edited, err = Append(text, NewSection{section, []Pair{{key, value}}})
		}
		if err != nil {
			return
		}
		after, err := Parse(edited)
		if err != nil {
			return // it was one line below a limit
		}
		key = strings.ToLower(key)
		if got, ok := valueIn(after, section, key); !ok || got != value {
			t.Fatalf("%q set to %q in %q reads back as %q", key, value, edited, got)
		}
		checkOthers(t, before, after, section, key)
		checkLines(t, text, edited)
		removed, err := Remove(edited, Named(section), key)
		if err != nil {
			t.Fatal(err)
		}
		gone, err := Parse(removed)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := valueIn(gone, section, key); ok {
			t.Fatalf("%q is still in %q", key, removed)
		}
		checkOthers(t, after, gone, section, key)
	})
}

// valueIn is the value that counts: that of the last section that has it.
func valueIn(file File, section, key string) (value string, ok bool) {
	for _, s := range file.Sections {
		if k, found := s.Get(key); s.Name == section && found {
			value, ok = k.Value, true
		}
	}
	return value, ok
}

// checkOthers holds that all settings but one say the same.
func checkOthers(t *testing.T, before, after File, section, key string) {
	flat := func(file File) string {
		var b strings.Builder
		for _, s := range file.Sections {
			for _, k := range s.Keys {
				if s.Name == section && k.Name == key {
					continue
				}
				b.WriteString(s.Name + "\x00" + k.Name + "\x00" + k.Value)
				for _, n := range k.Nested {
					b.WriteString("\x00" + n.Name + "\x00" + n.Value)
				}
				b.WriteString("\n")
			}
		}
		return b.String()
	}
	if x, y := flat(before), flat(after); x != y {
		t.Fatalf("other settings changed from %q to %q", x, y)
	}
}

// checkLines holds that the edited text is the old one but for one run of lines.
func checkLines(t *testing.T, text, edited []byte) {
	old, now := bytes.Split(text, []byte("\n")), bytes.Split(edited, []byte("\n"))
	for len(old) > 0 && len(now) > 0 && bytes.Equal(old[0], now[0]) {
		old, now = old[1:], now[1:]
	}
	for len(old) > 0 && len(now) > 0 && bytes.Equal(old[len(old)-1], now[len(now)-1]) {
		old, now = old[:len(old)-1], now[:len(now)-1]
	}
	if len(now) > 4 {
		t.Fatalf("%q became %q", text, edited)
	}
}
