// Package accesskey reads long-term AWS access keys in the forms that people have
// them: the reply of `aws iam create-access-key`, the CSV files of the IAM console,
// the environment, or typed.
//
// It judges the shape only; whether a key works is for AWS to say. It writes
// nothing, and no failure of it repeats what it read.
//
// Start with [Parse], and for a file of the console with [CSV].
package accesskey

import (
	"bytes"
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
	if err := vaultcore.CheckKeyID(id); err != nil {
		return vaultcore.Credentials{}, err
	}
	text := strings.TrimSpace(secret.Reveal())
	if err := vaultcore.CheckSecretKey(text); err != nil {
		return vaultcore.Credentials{}, err
	}
	return vaultcore.Credentials{AccessKeyID: id, SecretAccessKey: vaultcore.NewSecret(text)}, nil
}

// Parse reads a key from JSON or from the IAM console's CSV.
func Parse(r io.Reader) (vaultcore.Credentials, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxInput))
	if err != nil {
		return vaultcore.Credentials{}, failure("the key cannot be read: %s", err)
	}
	text = trim(text)
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
		return "", "", failure("invalid JSON on stdin").WithHint("expected %s", forms)
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

// parseCSV finds the one key of a CSV file.
func parseCSV(text []byte) (id, secret string, err error) {
	rows, err := readCSV(text)
	switch {
	case errors.Is(err, errNoCSV):
		return "", "", failure("stdin does not hold an access key").WithHint("expected %s", forms)
	case err != nil:
		return "", "", err
	case len(rows) != 1:
		return "", "", failure("the CSV on stdin holds %d keys; expected one", len(rows))
	default:
		return rows[0].id, rows[0].secret, nil
	}
}

// failure is a key that cannot be used. AWS was not asked, so it is none of its
// refusals.
func failure(format string, args ...any) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrKey, format, args...)
}
