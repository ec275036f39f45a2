package golden

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Messages is the file of [Message]: an entry begins with a line of its name, whose text
// follows, indented.
const Messages = "messages.txt"

const indent = "    "

// reading guards the file of messages, in which tests that run side by side have entries,
// and updated, the entries that were written anew.
var (
	reading sync.Mutex
	updated = make(map[string]string)
)

// varying is what differs from run to run in the messages of many tests.
var varying = []struct {
	text *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`(127\.0\.0\.1|localhost|\[::1\]):[0-9]+`), "$1:PORT"},
	{regexp.MustCompile(`\b(AKIA|ASIA)[A-Z2-7]{16}\b`), "${1}ID"},
	{regexp.MustCompile(`\b(AKIA|ASIA)…[A-Z2-7]{4}\b`), "$1…ID"}, // the end of one
}

// Message compares a text that people read with its entry in the file of messages. The
// entry is named after the test and, where a test has several, by name. What differs from
// run to run is replaced first: replace has pairs, as [strings.NewReplacer]; ports of this
// machine and the ids of access keys need none. The ends of lines at the end do not count.
func Message(t testing.TB, name, got string, replace ...string) {
	t.Helper()
	got = strings.NewReplacer(replace...).Replace(got)
	for _, v := range varying {
		got = v.text.ReplaceAllString(got, v.as)
	}
	got = strings.TrimRight(got, "\n")
	entry := t.Name()
	if name != "" {
		entry += ": " + name
	}
	reading.Lock()
	defer reading.Unlock()
	entries := parse(Text(t, Messages))
	if *update {
		if other, twice := updated[entry]; twice && other != got {
			t.Errorf("%q has two texts: each needs a name.\n%s\nand\n%s", entry, other, got)
		}
		updated[entry], entries[entry] = got, got
		write(t, Messages, []byte(format(entries)))
	}
	if want, ok := entries[entry]; !ok || want != got {
		t.Errorf("%q in %s differs; if it is meant, run the test with -update. It is now\n%s\nand was\n%s", entry, path(Messages), got, want)
	}
}

// parse returns the texts of a file of messages by the names of their entries.
func parse(file string) map[string]string {
	entries := make(map[string]string)
	name := ""
	for line := range strings.Lines(file) {
		switch text, indented := strings.CutPrefix(line, indent); {
		case indented || line == "\n":
			entries[name] += text
		default:
			name = strings.TrimSuffix(line, "\n")
		}
	}
	for name, text := range entries {
		entries[name] = strings.TrimRight(text, "\n")
	}
	return entries
}

// format is the file of messages that parse reads.
func format(entries map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		fmt.Fprintln(&b, name)
		for line := range strings.SplitSeq(entries[name], "\n") {
			if line != "" {
				line = indent + line
			}
			fmt.Fprintln(&b, line)
		}
	}
	return b.String()
}
