package configedit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"unicode"

	unified "github.com/rogpeppe/go-internal/diff"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

// Change is an edit of the config file that is not yet made.
type Change struct {
	File  string   // for messages: ~/.aws/config
	Diff  string   // as a unified diff; empty when nothing changes
	Notes []string // what the person should know, a sentence each

	path     string
	old, new []byte
}

// ID tells the change from others by what it shows, in 64 characters; empty when
// nothing changes.
func (c Change) ID() string {
	if c.Diff == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(c.Diff))
	return hex.EncodeToString(sum[:])
}

// Apply makes the change, unless the file is no longer what the change was
// made for. It may return: ErrConfig; atomicfile.ErrChanged is then its cause when
// the change must be planned anew.
func (c Change) Apply() error {
	if c.Diff == "" {
		return nil
	}
	err := atomicfile.WriteFile(c.path, c.new, c.old)
	if err == nil {
		return nil
	}
	if errors.Is(err, atomicfile.ErrChanged) {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s changed in the meantime; nothing was written", c.File).WithCause(err).
			WithHint("run the command again")
	}
	return vaultcore.Faultf(vaultcore.ErrConfig, "%s cannot be written: %v", c.File, vaultcore.Reason(err)).WithCause(err).
		WithHint("check the permissions of the file and its folder, and the free space on the disk")
}

// editor is a config file while a change is planned.
type editor struct {
	path string
	file string
	old  []byte // nil when there is no file
	text []byte
	doc  awsconfig.Document // what text says
}

// planned is the change of a file that plan makes, which returns what the person should
// know.
func planned(path string, plan func(*editor) (notes []string, err error)) (Change, error) {
	e, err := edit(path)
	if err != nil {
		return Change{}, err
	}
	notes, err := plan(e)
	if err != nil {
		return Change{}, err
	}
	return Change{File: e.file, Diff: diff(e.file, e.old, e.text), Notes: notes, path: e.path, old: e.old, new: e.text}, nil
}

// edit reads the file for a change.
func edit(path string) (*editor, error) {
	e := &editor{path: path, file: awsconfig.Display(path)}
	text, err := awsconfig.ReadText(path)
	if err != nil {
		return nil, err
	}
	e.old = text
	return e, e.take(text)
}

// take makes text the state of the change so far.
func (e *editor) take(text []byte) error {
	doc, err := awsconfig.Parse(e.path, text)
	if err != nil {
		return err
	}
	e.text, e.doc = text, doc
	return nil
}

// set gives a key of a profile a value.
func (e *editor) set(profile, key, value string) error {
	text, err := inifile.Set(e.text, e.doc.Match(profile), key, value)
	return e.edited(profile, text, err)
}

// remove takes a key out of a profile.
func (e *editor) remove(profile, key string) error {
	text, err := inifile.Remove(e.text, e.doc.Match(profile), key)
	return e.edited(profile, text, err)
}

// edited takes the text in which a profile was edited, unless that failed.
func (e *editor) edited(profile string, text []byte, err error) error {
	if err != nil {
		return e.refused(profile, err)
	}
	return e.take(text)
}

// refused words why the file cannot be edited.
func (e *editor) refused(profile string, err error) error {
	var line *inifile.LineError
	if errors.As(err, &line) {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: %s", e.file, line.Line, line.Reason).
			WithHint("correct the line, then run the command again")
	}
	kind := vaultcore.ErrConfig
	if errors.Is(err, inifile.ErrValue) {
		kind = vaultcore.ErrRequest
	}
	return vaultcore.Faultf(kind, "profile %s cannot be written to %s: %v", vaultcore.Printable(profile), e.file, err).WithCause(err).
		WithHint("nothing was written: write the line into %s by hand, in a form that AWS's tools read", e.file)
}

// diff shows a change. It goes to a terminal, and the lines around a change
// may be anything: secrets are masked and control characters taken out.
func diff(file string, old, text []byte) string {
	_, shown, _ := bytes.Cut(unified.Diff(file, showLines(old), file, showLines(text)), []byte("\n")) // without "diff a b"
	return string(shown)
}

// secretLine finds settings that are secret by their name.
var secretLine = regexp.MustCompile(`(?i)^(\s*[^=:#;\[]*(?:secret|token|password|access_key)[^=:]*[=:]\s*)\S.*$`)

func showLines(text []byte) []byte {
	var lines []byte
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		line = strings.TrimRight(line, "\r\n")
		line = secretLine.ReplaceAllString(line, "${1}[secret]")
		line = strings.Map(func(r rune) rune {
			if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				return '?'
			}
			return r
		}, line)
		lines = append(lines, line+"\n"...)
	}
	return lines
}
