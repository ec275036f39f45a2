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
	// a config can be kept until then. It is 0 outside of package liveconfig.
	Generation uint64
}

// ReadText reads a file of AWS's tools, which may be missing. It may return: ErrConfig, also
// for one that somebody else could have written.
func ReadText(path string) ([]byte, error) {
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

// Load reads the file at path once. It may return: ErrConfig.
func Load(path string) (Document, error) {
	text, err := ReadText(path)
	if err != nil {
		return Document{}, err
	}
	return Parse(path, text)
}

// Document is the text of a config file and what it says, for whoever plans an edit of it.
type Document struct {
	Config
	Parsed inifile.File

	read *document
}

// Parse gives a text the meaning that AWS's tools give it; path is that of its file. It
// may return: ErrConfig for a text that cannot be read as a whole.
func Parse(path string, text []byte) (Document, error) {
	parsed, err := inifile.Parse(text)
	if err != nil {
		return Document{}, unreadable(Display(path), err)
	}
	c := Config{File: Display(path), Path: path}
	d := read(c.File, parsed)
	c.Profiles, c.SignIns = d.resolve(), d.sessions()
	c.Faults = d.sentences(c.Profiles.All())
	return Document{c, parsed, d}, nil
}

// Has says whether a profile has a section of its own.
func (d Document) Has(profile string) bool { return d.read.profiles[profile] != nil }

// Key is what stands in the section of a profile itself, and nowhere that it leads to.
// Only keys that have a meaning are found, and no secret.
func (d Document) Key(profile, name string) (key inifile.Key, ok bool) {
	if s := d.read.profiles[profile]; s != nil {
		key, ok = s.keys[name]
	}
	return key, ok
}

// Match chooses the sections of a profile for an edit.
func (d Document) Match(profile string) inifile.Match {
	named := slices.ContainsFunc(d.Parsed.Sections, namesDefault)
	return func(header string) bool {
		kind, name := SplitHeader(header)
		if header == defaultName {
			return profile == defaultName && !named
		}
		return kind == "profile" && name == profile
	}
}

// Header is the text of a profile's header.
func Header(profile string) string {
	switch {
	case profile == defaultName:
		return defaultName
	case strings.Contains(profile, " "):
		return `profile "` + profile + `"`
	}
	return "profile " + profile
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
