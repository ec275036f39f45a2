package awsconfig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

// known says whether a key is looked at: one of [fields], or one that has another
// meaning. All others are dropped at once: they are not ours to judge, and some of
// them are secret.
func known(key string) bool {
	switch key {
	case "include_profile", "endpoint_url", "services", "aws_access_key_id", "parent_profile", "assume_role_ttl", SyncMark:
		return true
	}
	return slices.ContainsFunc(services, func(s service) bool { return s.key == key }) || slices.ContainsFunc(fields, func(f field) bool { return f.key == key })
}

// SyncMark is the key, and SyncValue its value, by which `vaultbar sso sync` knows the
// profiles that it wrote. AWS's tools pass over keys that they do not know. Whoever takes
// the line out keeps the profile for good.
const (
	SyncMark  = "vaultbar_sso_sync"
	SyncValue = "yes"
)

// renamed are keys of old versions of aws-vault, and what they are called now.
var renamed = map[string]string{
	"parent_profile":  "include_profile",
	"assume_role_ttl": "duration_seconds, a number of seconds",
}

// document is a config file with its sections sorted by what they are.
type document struct {
	file     string // for messages
	order    []string
	profiles map[string]*section
	services map[string]*section
	signIns  map[string]*section // [sso-session NAME]
	faults   []fault
}

// section is what the file says under one name; of two sections of one name
// the keys are merged, the later counting.
type section struct {
	name string
	line int
	keys map[string]inifile.Key
	err  error
}

// synced says whether a section itself bears the mark.
func (s *section) synced() bool { return s.keys[SyncMark].Value == SyncValue }

// fault is a sentence about a line.
type fault struct {
	line int
	text string
}

// defaultName is the profile that is used when none is named.
const defaultName = "default"

// quiet are the sections that AWS gives a meaning and Vaultbar none.
var quiet = []string{"plugins", "preview"}

// read sorts the sections of a file.
func read(file string, parsed inifile.File) *document {
	d := &document{file: file, profiles: map[string]*section{}, services: map[string]*section{}, signIns: map[string]*section{}}
	named := slices.ContainsFunc(parsed.Sections, namesDefault)
	for i, s := range parsed.Sections {
		kind, name := SplitHeader(s.Name)
		switch {
		case i == 0:
			d.readHead(s)
		case s.Name == defaultName && named:
			d.tell(s.Line, "[default] is ignored, since there is a [profile default]")
		case s.Name == defaultName:
			d.add(defaultName, s)
		case kind == "profile" && name != "":
			d.add(name, s)
		case kind == "services" && name != "":
			d.services[name] = d.merge(d.services[name], name, s)
		case kind == "sso-session" && name != "":
			d.signIns[name] = d.merge(d.signIns[name], name, s)
		case slices.Contains(quiet, kind):
		default:
			d.readStray(s)
		}
	}
	return d
}

// namesDefault says whether a section is [profile default].
func namesDefault(s inifile.Section) bool {
	kind, name := SplitHeader(s.Name)
	return kind == "profile" && name == defaultName
}

// SplitHeader splits the text of a header into its kind and its name, which
// may be quoted.
func SplitHeader(header string) (kind, name string) {
	i := strings.IndexAny(header, " \t")
	if i < 0 {
		return header, ""
	}
	return header[:i], unquote(strings.TrimSpace(header[i:]))
}

// unquote takes a pair of quotes off a value, as AWS's SDKs do.
func unquote(value string) string {
	n := len(value)
	if n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		return value[1 : n-1]
	}
	return value
}

func (d *document) tell(line int, format string, args ...any) {
	d.faults = append(d.faults, fault{line, fmt.Sprintf("%s:%d: ", d.file, line) + fmt.Sprintf(format, args...)})
}

// readHead reads what stands before the first section, which means nothing.
func (d *document) readHead(s inifile.Section) {
	switch {
	case s.Err != nil:
		d.tell(s.Err.Line, "%s", s.Err.Reason)
	case len(s.Keys) > 0:
		d.tell(s.Keys[0].Line, "settings before the first section are ignored")
	}
}

// readStray reads a section that is nothing to AWS.
func (d *document) readStray(s inifile.Section) {
	name := vaultcore.Printable(s.Name)
	switch {
	case s.Err != nil:
		d.tell(s.Err.Line, "%s", s.Err.Reason)
	case name == "profile":
		d.tell(s.Line, "[profile] has no name; write [profile NAME]")
	case strings.EqualFold(kindOf(name), "profile"):
		d.tell(s.Line, "[%s] is not a profile to AWS; write the word profile in lowercase", name)
	default:
		d.tell(s.Line, "[%s] is not a profile to AWS; write [profile %s]", name, name)
	}
}

func kindOf(header string) string {
	kind, _ := SplitHeader(header)
	return kind
}

// add merges a section into the profile of this name.
func (d *document) add(name string, s inifile.Section) {
	if d.profiles[name] == nil {
		d.order = append(d.order, name)
	}
	d.profiles[name] = d.merge(d.profiles[name], name, s)
	for _, key := range s.Keys {
		if now, old := renamed[key.Name]; old {
			d.tell(key.Line, "%s is a setting of old versions of aws-vault and has no effect: use %s", key.Name, now)
		}
	}
}

func (d *document) merge(into *section, name string, s inifile.Section) *section {
	if into == nil {
		into = &section{name: name, line: s.Line, keys: make(map[string]inifile.Key, len(s.Keys))}
	}
	if s.Err != nil && into.err == nil {
		into.err = vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: %s", d.file, s.Err.Line, s.Err.Reason).
			WithHint("correct the line; the other profiles keep working")
	}
	for _, key := range s.Keys {
		if !known(key.Name) {
			continue
		}
		if key.Name != "credential_process" {
			key.Value = unquote(key.Value)
		}
		into.keys[key.Name] = key
	}
	return into
}
