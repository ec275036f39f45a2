//go:build linux

package stories_test

import (
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// complaint is what a person must be told: one line for the cause, then hints.
var complaint = regexp.MustCompile(`^(vaultbar: [^\n]+\n)(hint: [^\n]+\n)+$`)

// wantComplaint checks that a command fails with a code and says nothing but the cause and
// its hints, as the golden file has them by the name.
func (w *world) wantComplaint(got outcome, code int, name string) {
	w.Helper()
	if got.code != code || got.stdout != "" {
		w.Errorf("%s: exit code %d, want %d; %d bytes on stdout", name, got.code, code, len(got.stdout))
	}
	if !complaint.MatchString(got.stderr) {
		w.Errorf("%s: not one line and its hints:\n%s", name, got.stderr)
	}
	w.reads(name, got.stderr)
}

// varying is what differs from run to run: dates and times, ages, ids of commands and of
// requests.
var varying = regexp.MustCompile(`\b[0-9]{4}-?[0-9]{2}-?[0-9]{2}[- T][0-9]{2}:?[0-9]{2}:?[0-9]{2}Z?\b|` +
	`\b([0-9]{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) )?[0-9]{2}:[0-9]{2}\b|(under )?\b[0-9]+ min ago\b|\b[0-9]+ h [0-9]+ min\b|` +
	`\b[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b`)

// reads compares what people read of this world with the golden file of messages, by the
// name of the test and this one. Folders, times and what else differs from world to world
// are replaced.
func (w *world) reads(name, text string, replace ...string) {
	w.Helper()
	here, err := os.Getwd()
	w.check(err)
	person, err := user.Current()
	w.check(err)
	replace = append(replace, "\r", "", w.home, "~", w.dir, "WORLD", built().dir, "BIN",
		here, "HERE", filepath.Base(os.Args[0]), "PROGRAM", "vaultbar-"+person.Username, "vaultbar-USER")
	text = strings.NewReplacer(replace...).Replace(text)
	golden.Message(w, name, varying.ReplaceAllString(text, "VARIES"))
}

// lineWith is the first line of a text that has a word in it: one that a long text is read for.
func lineWith(text, word string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			return strings.TrimSpace(line)
		}
	}
	return "no line has " + word + ":\n" + text
}
