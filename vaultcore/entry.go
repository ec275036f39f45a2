package vaultcore

import (
	"errors"
	"strings"
)

// This file judges what people type, and what credentials are made of: the shape only. Whether a key works or a code
// is the right one is for AWS to say. No failure repeats what was typed, which may be
// a secret in the wrong place.

// ErrKey is the kind of failure of text that is no long-term access key. It stays
// with whoever read the text.
var ErrKey = errors.New("not an access key")

// ReadCode reads an MFA code as it is typed or pasted: six digits, with spaces, or in
// the wide digits of an East Asian input method.
func ReadCode(text string) (code string, ok bool) {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == ' ' || r == '\t' || r == '\u3000' || r == '\u00a0':
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		default:
			return "", false
		}
	}
	return b.String(), b.Len() == 6
}

const keyIDChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// CheckKeyID says what is wrong with the id of a long-term access key, if anything
// is. It may return: ErrKey.
func CheckKeyID(id string) error {
	switch {
	case id == "":
		return Faultf(ErrKey, "the access key id is missing")
	case strings.HasPrefix(id, "ASIA"):
		return Faultf(ErrKey, "this is a temporary key (ASIA…), which expires within hours").
			WithHint("a long-term key starts with AKIA; create one in the IAM console under Users, Security credentials")
	case len(id) < 16 || len(id) > 128 || strings.Trim(id, keyIDChars) != "":
		return Faultf(ErrKey, "this is not an access key id: one has 16 to 128 capital letters and digits").
			WithHint("it starts with AKIA; the longer one with lowercase letters is the secret access key")
	default:
		return nil
	}
}

// IsKeyID says whether a text is the id of an access key, a session's too. Source: IAM API
// Reference, AccessKey.AccessKeyId.
func IsKeyID(text string) bool {
	return len(text) >= 16 && len(text) <= 128 && strings.Trim(text, keyIDChars+"abcdefghijklmnopqrstuvwxyz") == ""
}

// Visible says whether a text is there, all ASCII, and without blanks: what secrets and
// tokens of AWS are made of, which go into environments and headers.
func Visible(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// CheckSecretKey says what is wrong with a secret access key, if anything is. AWS's
// have 40 characters; services that only speak AWS's language have others. It may
// return: ErrKey.
func CheckSecretKey(text string) error {
	switch {
	case text == "":
		return Faultf(ErrKey, "the secret access key is missing")
	case len(text) < 8 || len(text) > 256 || !Visible(text):
		return Faultf(ErrKey, "this is not a secret access key: one has 40 letters, digits, + and /")
	default:
		return nil
	}
}

// maxName is how long a profile's name may be.
const maxName = 256

// CheckProfileName says why no config file could have a profile of this name, if
// that is so. It may return: ErrRequest.
func CheckProfileName(name string) error {
	switch {
	case name == "":
		return Faultf(ErrRequest, "missing profile name")
	case len(name) > maxName:
		return Faultf(ErrRequest, "the profile name is longer than %d characters", maxName)
	case strings.ContainsAny(name, "[]") || strings.TrimSpace(name) != name || PrintableUpTo(name, maxName) != name:
		return Faultf(ErrRequest, "invalid profile name: it has brackets, spaces around it, or characters that do not show").
			WithHint("use letters, digits, dots, dashes and underscores")
	default:
		return nil
	}
}
