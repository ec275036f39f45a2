package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// format is what a credential_process has to print. Source: AWS SDKs and Tools
// Reference Guide, "Process credential provider".
const format = `it must print one JSON object: {"Version": 1, "AccessKeyId": "…", "SecretAccessKey": "…"}, ` +
	`plus "SessionToken" and "Expiration" for credentials that expire`

// timeForms are the forms of ISO 8601 in which programs print a time; those of RFC
// 3339 come first.
var timeForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "20060102T150405Z0700", "2006-01-02 15:04:05.999999999Z07:00"}

// Parse reads what a credential_process printed. Keys that AWS does not know are
// passed over, as in AWS's own tools. The error says what is wrong and quotes
// nothing.
func Parse(output vaultcore.Secret) (vaultcore.Credentials, error) {
	object, err := objectIn(output)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	var version int
	if err := json.Unmarshal(object["Version"], &version); err != nil || version != 1 || string(object["Version"]) == "null" {
		return vaultcore.Credentials{}, errors.New("its Version is not the number 1")
	}
	texts := make(map[string]string)
	for _, key := range []string{"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "AccountId"} {
		var text *string
		if raw, ok := object[key]; ok && json.Unmarshal(raw, &text) != nil {
			return vaultcore.Credentials{}, fmt.Errorf("%s is not a string", key)
		}
		if text != nil {
			texts[key] = *text
		}
	}
	c := vaultcore.Credentials{
		AccessKeyID: texts["AccessKeyId"], SecretAccessKey: vaultcore.NewSecret(texts["SecretAccessKey"]),
		SessionToken: vaultcore.NewSecret(texts["SessionToken"]), AccountID: texts["AccountId"],
	}
	switch {
	case c.AccessKeyID == "":
		return vaultcore.Credentials{}, errors.New("AccessKeyId is missing")
	case !vaultcore.IsKeyID(c.AccessKeyID):
		return vaultcore.Credentials{}, errors.New("AccessKeyId is not the id of an access key")
	case c.SecretAccessKey.IsZero():
		return vaultcore.Credentials{}, errors.New("SecretAccessKey is missing")
	case texts["Expiration"] == "":
		return c, nil
	}
	if c.Expires, err = timeOf(texts["Expiration"]); err != nil {
		return vaultcore.Credentials{}, err
	}
	return c, nil
}

// objectIn is the one JSON object that there is.
func objectIn(output vaultcore.Secret) (map[string]json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(output.Reveal())))
	var object map[string]json.RawMessage
	switch err := decoder.Decode(&object); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it printed nothing")
	case err != nil || object == nil:
		return nil, errors.New("it is not a JSON object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return object, nil
}

func timeOf(text string) (time.Time, error) {
	for _, form := range timeForms {
		if at, err := time.Parse(form, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errors.New("its Expiration is not an ISO 8601 time, such as 2026-01-31T12:00:00Z")
}
