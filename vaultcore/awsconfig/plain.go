package awsconfig

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

// The keys of a section that are an access key in plain text.
const (
	plainID     = "aws_access_key_id"
	plainSecret = "aws_secret_access_key"
	plainToken  = "aws_session_token"
)

// PlainKey is an access key that stands in a file of AWS's tools in plain text.
type PlainKey struct {
	Profile string
	File    string // for messages: ~/.aws/credentials
	Line    int    // of its id
	Key     vaultcore.Credentials
	Region  string // beside it in the credentials file, where AWS's tools read it too; empty for none
	Why     error  // why it cannot be moved into the keychain; nil when it can

	path string
}

// Files are the two files in which AWS's tools look for keys.
type Files struct {
	Config      string // ~/.aws/config
	Credentials string // ~/.aws/credentials, whose keys go first
}

// PlainKeys finds the access keys that stand in plain text, those of the credentials
// file first. Of two for one profile, the one that AWS's tools use counts: that of the
// credentials file. It may return: ErrConfig for a file that cannot be read.
func PlainKeys(files Files) ([]PlainKey, error) {
	found, err := plainIn(files.Credentials, func(section string) (string, bool) { return section, section != "" })
	if err != nil {
		return nil, err
	}
	more, err := plainIn(files.Config, func(section string) (string, bool) {
		kind, name := splitHeader(section)
		if section == defaultName {
			return defaultName, true
		}
		return name, kind == "profile" && name != ""
	})
	for _, key := range more {
		if !slices.ContainsFunc(found, func(k PlainKey) bool { return k.Profile == key.Profile }) {
			found = append(found, key)
		}
	}
	return found, err
}

// plainIn finds the keys of one file, in which sections mean profiles.
func plainIn(path string, profile func(section string) (name string, ok bool)) ([]PlainKey, error) {
	text, err := readText(path)
	if err != nil {
		return nil, err
	}
	parsed, err := inifile.Parse(text)
	if err != nil {
		return nil, unreadable(Display(path), err)
	}
	lines := strings.Split(string(text), "\n")
	var found []PlainKey
	for _, section := range parsed.Sections {
		name, ok := profile(section.Name)
		if id, has := section.Get(plainID); ok && has {
			found = append(found, plainKey(name, path, section, id, lines))
		}
	}
	return found, nil
}

// PlainNames tells again and again which profiles have keys in plain text: the files are
// read only when they have changed, and no secret is kept.
type PlainNames struct {
	mu    sync.Mutex // guards what follows
	files Files
	marks [2]mark
	read  time.Time
	keys  []PlainKey
}

// Keys returns the keys that can be moved into the keychain, without the keys
// themselves. Files that cannot be read have none.
func (p *PlainNames) Keys(files Files) []PlainKey {
	marks := [2]mark{markOf(files.Credentials), markOf(files.Config)}
	p.mu.Lock()
	defer p.mu.Unlock()
	stable := func(m mark) bool { return p.read.Sub(m.touched()) >= racy }
	if p.files == files && p.marks == marks && stable(marks[0]) && stable(marks[1]) {
		return p.keys
	}
	p.files, p.marks, p.read = files, marks, time.Now()
	found, _ := PlainKeys(files) // whoever moves them is told why not
	p.keys = slices.DeleteFunc(found, func(k PlainKey) bool { return k.Why != nil })
	for i := range p.keys {
		p.keys[i].Key = vaultcore.Credentials{}
	}
	return p.keys
}

// idShape and secretShape are the shapes of AWS's own long-term keys. What is behind
// a value, a comment or a stray word, is part of it to some of AWS's tools and not to
// others: it is for the person to mend.
var (
	idShape     = regexp.MustCompile(`^AKIA[A-Z0-9]{16}$`)
	secretShape = regexp.MustCompile(`^[A-Za-z0-9/+=]{40}$`)
)

func plainKey(name, path string, section inifile.Section, id inifile.Key, lines []string) PlainKey {
	k := PlainKey{Profile: name, File: Display(path), Line: id.Line, path: path}
	secret, _ := section.Get(plainSecret)
	token, _ := section.Get(plainToken)
	if region, _ := section.Get("region"); checkValue(name, "region", region.Value) == nil {
		k.Region = region.Value
	}
	alone := func(key inifile.Key) bool { return strings.HasSuffix(strings.TrimSpace(lines[key.Line-1]), key.Value) }
	correct := "correct line %d of %s: %s, and nothing may follow it"
	switch {
	case token.Value != "" || strings.HasPrefix(id.Value, "ASIA"):
		k.Why = vaultcore.Faultf(vaultcore.ErrKey, "a temporary key, which expires by itself")
	case !idShape.MatchString(id.Value) || !alone(id):
		k.Why = vaultcore.Faultf(vaultcore.ErrKey, "the id is not alone on its line").
			WithHint(correct, id.Line, k.File, "an id is AKIA and 16 more capital letters and digits")
	case secret.Value == "":
		k.Why = vaultcore.Faultf(vaultcore.ErrKey, "there is no aws_secret_access_key beside it")
	case !secretShape.MatchString(secret.Value) || !alone(secret):
		k.Why = vaultcore.Faultf(vaultcore.ErrKey, "the secret is not alone on its line").
			WithHint(correct, secret.Line, k.File, "a secret is 40 letters, digits, + and /")
	default:
		k.Key = vaultcore.Credentials{AccessKeyID: id.Value, SecretAccessKey: vaultcore.NewSecret(secret.Value)}
	}
	return k
}

// PlanTakeOut plans to take the lines of these keys out of the credentials file. A
// section with nothing left in it goes too. It may return: ErrConfig.
func PlanTakeOut(path string, keys []PlainKey) (Change, error) {
	return planned(path, func(e *editor) ([]string, error) {
		for _, key := range keys {
			if key.path != path {
				continue
			}
			if err := e.takeOut(inifile.Named(key.Profile), key.Profile); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

// takeOut takes the lines of a key out of the matching sections.
func (e *editor) takeOut(match inifile.Match, profile string) error {
	for _, name := range []string{plainID, plainSecret} {
		text, err := inifile.Remove(e.text, match, name)
		if err := e.edited(profile, text, err); err != nil {
			return err
		}
	}
	text, err := inifile.RemoveEmpty(e.text, match)
	return e.edited(profile, text, err)
}

// Import asks that keys which stood in plain text be used from the keychain.
type Import struct {
	Files   Files
	Keys    []PlainKey
	Devices map[string]string // the mfa_serial that a profile is to have, where it has none
	Command string            // the absolute path of vaultbar; empty leaves AWS's own tools as they are
	Keep    bool              // leave the plain lines
	// AWSVault says that the keys are aws-vault's: lines of other profiles that call it for
	// them are to call Vaultbar too.
	AWSVault bool
}

// InConfig says whether keys are taken out of the config file itself.
func (wanted Import) InConfig() bool {
	return !wanted.Keep && slices.ContainsFunc(wanted.Keys, func(k PlainKey) bool { return k.path == wanted.Files.Config })
}

// Holder is the profile under whose name a key is kept: the first that has it, where
// the others can ask for that.
func (wanted Import) Holder(key PlainKey) string {
	if wanted.Command == "" {
		return key.Profile
	}
	first := slices.IndexFunc(wanted.Keys, func(k PlainKey) bool { return k.Key.AccessKeyID == key.Key.AccessKeyID })
	return wanted.Keys[first].Profile
}

// PlanImport plans the change of the config file for keys that move into the keychain:
// each has a profile there, with its MFA device and, for AWS's own tools, a
// credential_process line, and the region that stood beside its key where it has none;
// those that stood in the config file itself are taken out.
// It may return: ErrRequest, and ErrConfig for a profile that AWS's own tools would not
// find its key for any more.
func PlanImport(wanted Import) (Change, error) {
	return planned(wanted.Files.Config, func(e *editor) ([]string, error) {
		s := &setter{editor: e, setup: Setup{Path: wanted.Files.Config, Command: wanted.Command}, done: map[string]bool{}}
		if wanted.Command != "" {
			if err := checkCommand(wanted.Command); err != nil {
				return nil, err
			}
		}
		for _, key := range wanted.Keys {
			if err := s.importKey(wanted, key); err != nil {
				return nil, err
			}
		}
		if wanted.AWSVault && wanted.Command != "" {
			s.takeOver(wanted.Keys)
		}
		return s.notes, nil
	})
}

// takeOver has the lines that call aws-vault for one of these keys call Vaultbar. One that
// cannot be written anew is left, and said to be.
func (s *setter) takeOver(keys []PlainKey) {
	for _, p := range s.config.Profiles.All() {
		key, ok := s.process(p.Name)
		if before, err := parseCommand(key.Value); !ok || err != nil || before.program() != "aws-vault" {
			continue
		}
		chain := s.config.Profiles.Chain(p.Name)
		if len(chain) == 0 || !slices.ContainsFunc(keys, func(k PlainKey) bool { return k.Profile == chain[len(chain)-1].Name }) {
			continue
		}
		if err := s.profile(p.Name); err != nil {
			s.note("The line of %s still calls aws-vault: %s.", vaultcore.Printable(p.Name), err)
		}
	}
}

func (s *setter) importKey(wanted Import, key PlainKey) error {
	add := Addition{Profile: key.Profile, MFASerial: wanted.Devices[key.Profile]}
	if p, _ := s.config.Profiles.Get(key.Profile); p.Region == "" {
		add.Region = key.Region
	}
	if err := s.add(add); err != nil {
		return err
	}
	if !wanted.Keep && key.path == wanted.Files.Config {
		for _, name := range []string{plainID, plainSecret} {
			if err := s.remove(key.Profile, name); err != nil {
				return err
			}
		}
	}
	if wanted.Command == "" {
		return nil
	}
	if holder := wanted.Holder(key); holder != key.Profile {
		s.note("%s has the key of %s: it is kept once, under that name.", vaultcore.Printable(key.Profile), vaultcore.Printable(holder))
		line, err := processLine(wanted.Command, request{profile: holder})
		if err != nil {
			return err
		}
		return s.set(key.Profile, "credential_process", line)
	}
	return s.profile(key.Profile)
}

// staticNames are the profiles that have keys in the clear.
type staticNames struct {
	file  string
	names map[string]bool
	err   error
}

// staticKeys says which profiles have keys in the credentials file.
func staticKeys(path string) staticNames {
	found := staticNames{file: Display(path), names: map[string]bool{}}
	var keys []PlainKey
	keys, found.err = plainIn(path, func(section string) (string, bool) { return section, true })
	for _, key := range keys {
		found.names[key.Profile] = true
	}
	return found
}
