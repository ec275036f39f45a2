// Package accesskey reads a long-term AWS access key in the forms that people
// have one: the reply of `aws iam create-access-key`, the CSV file of the IAM
// console, the environment, or typed.
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

// parseCSV finds the two columns by their titles; the console has had several
// layouts around them.
func parseCSV(text []byte) (id, secret string, err error) {
	reader := csv.NewReader(bytes.NewReader(text))
	reader.FieldsPerRecord = -1
	rows, err := reader.ReadAll()
	if err != nil || len(rows) == 0 {
		return "", "", failure("stdin does not hold an access key").WithHint("expected %s", forms)
	}
	idAt, secretAt := column(rows[0], "Access key ID"), column(rows[0], "Secret access key")
	if idAt < 0 || secretAt < 0 {
		return "", "", failure("stdin does not hold an access key").WithHint("expected %s", forms)
	}
	if len(rows) != 2 {
		return "", "", failure("the CSV on stdin holds %d keys; expected one", len(rows)-1)
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
	return vaultcore.Faultf(vaultcore.ErrKey, format, args...)
}
