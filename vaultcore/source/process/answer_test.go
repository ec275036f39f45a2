package process_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
)

const (
	keyID  = "ASIAIOSFODNN7EXAMPLE"
	canary = "canary/7c1e+wJalrXUtnFEMI7K7MDENGbPxRfiCY"
)

func TestParse(t *testing.T) {
	end := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	base := `"Version": 1, "AccessKeyId": "` + keyID + `", "SecretAccessKey": "` + canary + `"`
	for text, want := range map[string]struct {
		token, account string
		expires        time.Time
	}{
		`{` + base + `}`: {},
		`{` + base + `, "SessionToken": "token", "Expiration": "2030-01-31T12:00:00Z", "AccountId": "111111111111"}`: {"token", "111111111111", end},
		" {" + base + `, "Expiration": "2030-01-31T13:00:00.000+01:00"}` + "\r\n":                                    {"", "", end},
		`{` + base + `, "Expiration": "2030-01-31T12:00:00+0000"}`:                                                   {"", "", end},
		`{` + base + `, "Expiration": "20300131T120000Z"}`:                                                           {"", "", end},
		`{` + base + `, "Expiration": "2030-01-31 12:00:00+00:00"}`:                                                  {"", "", end},
		`{` + base + `, "Expiration": null, "SessionToken": null, "More": [1]}`:                                      {},
		`{` + base + `, "Expiration": "", "SessionToken": ""}`:                                                       {},
	} {
		got, err := process.Parse(vaultcore.NewSecret(text))
		if err != nil || got.AccessKeyID != keyID || got.SecretAccessKey.Reveal() != canary ||
			got.SessionToken.Reveal() != want.token || got.AccountID != want.account || !got.Expires.Equal(want.expires) {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
	}
}

// wrongAnswers are what Parse refuses, by what it says.
var wrongAnswers = map[string][]string{
	"it printed nothing":                         {"", " \n"},
	"it is not a JSON object":                    {canary, "null", "[]", `{"SecretAccessKey": "` + canary, "\xef\xbb\xbf{}"},
	"something follows the JSON object":          {`{} {}`, `{}` + canary, `{"Version": 1} x`},
	"its Version is not the number 1":            {`{}`, `{"Version": "1"}`, `{"Version": 2}`, `{"Version": 1.5}`, `{"Version": null}`, `{"version": 1}`},
	"AccessKeyId is missing":                     {`{"Version": 1}`, `{"Version": 1, "AccessKeyId": null}`, `{"Version": 1, "accesskeyid": "` + keyID + `"}`},
	"AccessKeyId is not the id of an access key": {`{"Version": 1, "AccessKeyId": "` + canary + `"}`},
	"AccessKeyId is not a string":                {`{"Version": 1, "AccessKeyId": 5}`},
	"SecretAccessKey is missing":                 {`{"Version": 1, "AccessKeyId": "` + keyID + `"}`},
	"SecretAccessKey is not a string":            {`{"Version": 1, "AccessKeyId": "` + keyID + `", "SecretAccessKey": ["` + canary + `"]}`},
	"SessionToken is not a string":               {`{"Version": 1, "SessionToken": {"` + canary + `": 1}}`},
	"AccountId is not a string":                  {`{"Version": 1, "AccountId": 111111111111}`},
	"Expiration is not a string":                 {`{"Version": 1, "Expiration": 1}`},
	"its Expiration is not an ISO 8601 time, such as 2026-01-31T12:00:00Z": {
		`{"Version": 1, "AccessKeyId": "` + keyID + `", "SecretAccessKey": "x", "Expiration": "` + canary + `"}`,
		`{"Version": 1, "AccessKeyId": "` + keyID + `", "SecretAccessKey": "x", "Expiration": "2030-01-31"}`,
	},
}

func TestParseRefuses(t *testing.T) {
	for want, texts := range wrongAnswers {
		for _, text := range texts {
			if got, err := process.Parse(vaultcore.NewSecret(text)); err == nil || err.Error() != want || got != (vaultcore.Credentials{}) {
				t.Errorf("%s is %+v, %v", text, got, err)
			}
		}
	}
}

// FuzzParse: whatever a program prints, it is whole credentials, or an error of those
// that there are, which quotes nothing.
func FuzzParse(f *testing.F) {
	var known []string
	for want, texts := range wrongAnswers {
		known = append(known, want)
		for _, text := range texts {
			f.Add(text)
		}
	}
	f.Add(`{"Version":1,"AccessKeyId":"` + keyID + `","SecretAccessKey":"` + canary + `","SessionToken":"t","Expiration":"2030-01-31T12:00:00Z"}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := process.Parse(vaultcore.NewSecret(text))
		switch {
		case err != nil && !slices.Contains(known, err.Error()):
			t.Errorf("%q: %v", text, err)
		case err == nil && (got.AccessKeyID == "" || got.SecretAccessKey.IsZero()):
			t.Errorf("%q is half of credentials: %+v", text, got)
		case errors.Is(err, vaultcore.ErrProcess):
			t.Error("the kind is for whoever ran the command to say")
		}
	})
}
