// Package accesskey reads a long-term AWS access key in the forms that people
// have one: the reply of `aws iam create-access-key`, the CSV file of the IAM
// console, the environment, or typed; and finds keys that still lie in clear.
//
// It judges the shape only; whether a key works is for AWS to say. It writes
// nothing, and no failure of it repeats what it read.
//
// Start with [Parse].
package accesskey

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// maxInput is far more than any form of a key needs.
const maxInput = 64 << 10

// New makes a key of what was typed, and checks its shape.
func New(id string, secret vaultcore.Secret) (vaultcore.Credentials, error) {
	id = strings.TrimSpace(id)
	if err := CheckID(id); err != nil {
		return vaultcore.Credentials{}, err
	}
	text := strings.TrimSpace(secret.Reveal())
	if err := checkSecret(text); err != nil {
		return vaultcore.Credentials{}, err
	}
	return vaultcore.Credentials{AccessKeyID: id, SecretAccessKey: vaultcore.NewSecret(text)}, nil
}

// CheckID says what is wrong with an access key id, if anything is.
func CheckID(id string) error {
	switch {
	case id == "":
		return failure("there is no access key id")
	case strings.HasPrefix(id, "ASIA"):
		return failure("this is a temporary key (ASIA…): it ends within hours and is no use in the keychain").
			WithHint("a long-term key starts with AKIA; the IAM console makes one under Users, Security credentials")
	case len(id) < 16 || len(id) > 128 || strings.Trim(id, idChars) != "":
		return failure("this is no access key id: it has 16 to 128 capital letters and digits").
			WithHint("it starts with AKIA; the long one with small letters is the secret access key")
	default:
		return nil
	}
}

const idChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// checkSecret says what is wrong with a secret access key. AWS's have 40
// characters; services that only speak AWS's language have others.
func checkSecret(text string) error {
	switch {
	case text == "":
		return failure("there is no secret access key")
	case len(text) < 8 || len(text) > 256 || strings.ContainsFunc(text, unusual):
		return failure("this is no secret access key: it has 40 letters, digits, + and /")
	default:
		return nil
	}
}

func unusual(r rune) bool { return r <= ' ' || r > '~' }

// Parse reads a key from JSON or from the IAM console's CSV.
func Parse(r io.Reader) (vaultcore.Credentials, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxInput))
	if err != nil {
		return vaultcore.Credentials{}, failure("the key cannot be read: %s", err)
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	var id, secret string
	if bytes.HasPrefix(text, []byte("{")) {
		id, secret, err = parseJSON(text)
	} else {
		id, secret, err = parseCSV(text)
	}
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	return New(id, vaultcore.NewSecret(secret))
}

// forms is what stdin may hold, for people.
const forms = `{"AccessKeyId": …, "SecretAccessKey": …}, the reply of ` + "`aws iam create-access-key`" + `, or the CSV file of the IAM console`

func parseJSON(text []byte) (id, secret string, err error) {
	type key struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
	}
	var given struct {
		key
		AccessKey key
	}
	if json.Unmarshal(text, &given) != nil { // its error would repeat a part of the text
		return "", "", failure("the JSON on stdin cannot be read").WithHint("wanted: %s", forms)
	}
	found := given.key
	if found.AccessKeyID == "" {
		found = given.AccessKey
	}
	if found.SessionToken != "" {
		return "", "", failure("this is a temporary key: it comes with a session token").
			WithHint("a long-term key starts with AKIA and has no session token")
	}
	return found.AccessKeyID, found.SecretAccessKey, nil
}

// parseCSV finds the two columns by their titles; the console has had several
// layouts around them.
func parseCSV(text []byte) (id, secret string, err error) {
	reader := csv.NewReader(bytes.NewReader(text))
	reader.FieldsPerRecord = -1
	rows, err := reader.ReadAll()
	if err != nil || len(rows) == 0 {
		return "", "", failure("there is no key on stdin").WithHint("wanted: %s", forms)
	}
	idAt, secretAt := column(rows[0], "Access key ID"), column(rows[0], "Secret access key")
	if idAt < 0 || secretAt < 0 {
		return "", "", failure("the text on stdin is no key").WithHint("wanted: %s", forms)
	}
	if len(rows) != 2 {
		return "", "", failure("the CSV on stdin holds %d keys, and one is wanted", len(rows)-1)
	}
	if row := rows[1]; len(row) > max(idAt, secretAt) {
		return row[idAt], row[secretAt], nil
	}
	return "", "", failure("the CSV on stdin has a row without a key")
}

func column(titles []string, title string) int {
	for i, t := range titles {
		if strings.EqualFold(strings.TrimSpace(t), title) {
			return i
		}
	}
	return -1
}

// failure is a key that cannot be used. AWS was not asked, so it is none of its
// refusals.
func failure(format string, args ...any) *vaultcore.Fault {
	return vaultcore.Faultf(ErrKey, format, args...)
}

// ErrKey is the kind of every failure of this package.
var ErrKey = errors.New("not an access key")
