package awsconfig

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

// Config is what a config file says at one moment. It does not change.
type Config struct {
	Profiles vaultcore.Profiles
	SignIns  []vaultcore.SignIn // each [sso-session] that can be used, by name
	File     string             // for messages: ~/.aws/config
	Path     string             // for opening
	Faults   []string           // what is wrong with the file, a sentence with file and line each
	// Err is why the file cannot be read now; the profiles are then those of
	// the last time it could.
	Err error
	// Generation is higher after each change, so that what was worked out from
	// a config can be kept until then. It is 0 outside of a [Live].
	Generation uint64
}

// readText reads the file, which may be missing.
func readText(path string) ([]byte, error) {
	text, err := atomicfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(Display(path), err)
	}
	if info, err := os.Stat(path); err == nil {
		if why := vaultcore.Tamperable(info); why != "" {
			return nil, vaultcore.Faultf(vaultcore.ErrConfig, "%s is not used: %s", Display(path), why).
				WithHint("make it writable only by you: chown and chmod o-w %s", Display(path))
		}
	}
	return text, nil
}

// parse turns the text of a file into a config.
func parse(path string, text []byte) (Config, error) {
	parsed, err := inifile.Parse(text)
	if err != nil {
		return Config{}, unreadable(Display(path), err)
	}
	_, c := interpret(path, parsed)
	return c, nil
}

// interpret gives a parsed file the meaning that AWS's tools give it.
func interpret(path string, parsed inifile.File) (*document, Config) {
	c := Config{File: Display(path), Path: path}
	d := read(c.File, parsed)
	c.Profiles, c.SignIns = d.resolve(), d.sessions()
	c.Faults = d.sentences(c.Profiles.All())
	return d, c
}

// sentences are all faults in the order of their lines, those of profiles
// included.
func (d *document) sentences(profiles []vaultcore.Profile) []string {
	faults := slices.Clone(d.faults)
	for _, p := range profiles {
		if p.Err != nil {
			faults = append(faults, fault{p.Line, p.Err.Error()})
		}
	}
	slices.SortStableFunc(faults, func(a, b fault) int { return a.line - b.line })
	var texts []string
	seen := make(map[string]bool, len(faults)) // two profiles may suffer from one line
	for _, f := range faults {
		if !seen[f.text] {
			texts = append(texts, f.text)
		}
		seen[f.text] = true
	}
	return texts
}

// unreadable words the failure to read a file as a whole.
func unreadable(file string, err error) *vaultcore.Fault {
	reason := vaultcore.Reason(err)
	f := vaultcore.Faultf(vaultcore.ErrConfig, "%s cannot be read: %v", file, reason).WithCause(err)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return f.WithHint("make it readable for you: chmod u+r %s", file)
	case errors.Is(err, inifile.ErrEncoding):
		return f.WithHint("save it as UTF-8 text")
	case strings.Contains(reason.Error(), "not a file"):
		return f.WithHint("AWS_CONFIG_FILE must name a file")
	}
	return f.WithHint("see what it holds: it must be a text file of settings, and its disk must be there")
}
