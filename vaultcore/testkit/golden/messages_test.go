package golden

import (
	"maps"
	"testing"
)

// TestFormat: what is written is what is read.
func TestFormat(t *testing.T) {
	entries := map[string]string{
		"TestOne":             "a line",
		"TestTwo: of several": "first\n\n    third, indented\n\"quoted\"",
		"TestTwo: another":    "no colon: here",
		"TestNothing":         "",
	}
	text := format(entries)
	if got := parse(text); !maps.Equal(got, entries) || format(got) != text {
		t.Errorf("got %q of\n%s", got, text)
	}
}

// TestMessage compares two entries of testdata/messages.txt, and one that differs.
func TestMessage(t *testing.T) {
	Message(t, "", "http://127.0.0.1:1234 does not know AKIAIOSFODNN7EXAMPLE (AKIA…MPLE)\n")
	Message(t, "several", "/tmp/1234 is full\n\nhint: free some space in /tmp/1234", "/tmp/1234", "FOLDER")
	if *update {
		return
	}
	for _, differs := range []struct{ name, got string }{{"", "another line"}, {"nowhere", ""}} {
		failed := &failure{TB: t}
		Message(failed, differs.name, differs.got)
		if !failed.failed {
			t.Errorf("%+v is taken for the same", differs)
		}
	}
}

// TestTwoTexts: a test with several texts gives each a name; else the last would be the
// only one in the file.
func TestTwoTexts(t *testing.T) {
	t.Chdir(t.TempDir())
	defer func(before bool) { *update = before }(*update)
	*update = true
	for _, c := range []struct {
		got  string
		fail bool
	}{{"one", false}, {"one", false}, {"another", true}} {
		failed := &failure{TB: t}
		Message(failed, "", c.got)
		if failed.failed != c.fail {
			t.Errorf("%q: %t", c.got, failed.failed)
		}
	}
}

// failure takes down that a test has failed.
type failure struct {
	testing.TB
	failed bool
}

func (f *failure) Errorf(string, ...any) { f.failed = true }
