package awsconfig

import (
	"regexp"
	"slices"
	"strings"

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
	Path    string // of the file; empty for a key that is in none of AWS's tools
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
		kind, name := SplitHeader(section)
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
	text, err := ReadText(path)
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

// idShape and secretShape are the shapes of AWS's own long-term keys. What is behind
// a value, a comment or a stray word, is part of it to some of AWS's tools and not to
// others: it is for the person to mend.
var (
	idShape     = regexp.MustCompile(`^AKIA[A-Z0-9]{16}$`)
	secretShape = regexp.MustCompile(`^[A-Za-z0-9/+=]{40}$`)
)

func plainKey(name, path string, section inifile.Section, id inifile.Key, lines []string) PlainKey {
	k := PlainKey{Profile: name, File: Display(path), Line: id.Line, Path: path}
	secret, _ := section.Get(plainSecret)
	token, _ := section.Get(plainToken)
	if region, _ := section.Get("region"); CheckValue("region", region.Value) == "" {
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
