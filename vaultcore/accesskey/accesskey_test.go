package accesskey

import (
	"errors"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	id     = "AKIAI44QH8DHBEXAMPLE"
	secret = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"
)

func TestParse(t *testing.T) {
	for name, text := range map[string]string{
		"json":          `{"AccessKeyId":"` + id + `","SecretAccessKey":"` + secret + `"}`,
		"reply":         `{"AccessKey":{"UserName":"ann","AccessKeyId":"` + id + `","Status":"Active","SecretAccessKey":"` + secret + `"}}`,
		"console":       "Access key ID,Secret access key\n" + id + "," + secret + "\n",
		"bom and crlf":  "\ufeffAccess key ID,Secret access key\r\n" + id + "," + secret + "\r\n",
		"with the user": "User Name,Access Key Id,Secret Access Key\nann," + id + "," + secret,
		"quoted":        "\"Access key ID\",\"Secret access key\"\n\"" + id + "\",\"" + secret + "\"",
	} {
		key, err := Parse(strings.NewReader(text))
		if err != nil || key.AccessKeyID != id || key.SecretAccessKey.Reveal() != secret {
			t.Errorf("%s: %v %v", name, key, err)
		}
	}
}

// TestParseRefuses holds that what is no key is refused, and not repeated.
func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":         "",
		"text":            "canary",
		"broken json":     `{"AccessKeyId":"canary"`,
		"wrong types":     `{"AccessKeyId":1,"SecretAccessKey":"canary"}`,
		"no secret":       `{"AccessKeyId":"` + id + `"}`,
		"a session":       `{"AccessKeyId":"` + id + `","SecretAccessKey":"canary12","SessionToken":"canary"}`,
		"a temporary key": `{"AccessKeyId":"ASIAI44QH8DHBEXAMPLE","SecretAccessKey":"canary12"}`,
		"swapped":         `{"AccessKeyId":"canary/` + secret + `","SecretAccessKey":"` + id + `"}`,
		"gaps":            `{"AccessKeyId":"` + id + `","SecretAccessKey":"canary canary canary"}`,
		"two keys":        "Access key ID,Secret access key\n" + id + ",canary12\n" + id + ",canary12\n",
		"a short row":     "Access key ID,Secret access key\ncanary\n",
		"broken csv":      "\"canary\n",
		"other columns":   "canary,b\n1,2\n",
		"far too much":    strings.Repeat("canary,", 100_000),
	} {
		_, err := Parse(strings.NewReader(text))
		var fault *vaultcore.Fault
		if !errors.Is(err, vaultcore.ErrKey) || !errors.As(err, &fault) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if said := fault.Message + fault.Hint; strings.Contains(said, "canary") {
			t.Errorf("%s: repeats what it read: %s", name, said)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"AccessKeyId":"` + id + `","SecretAccessKey":"` + secret + `"}`)
	f.Add("Access key ID,Secret access key\n" + id + "," + secret + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := Parse(strings.NewReader(text))
		if err == nil && (vaultcore.CheckKeyID(key.AccessKeyID) != nil || key.SecretAccessKey.IsZero()) {
			t.Errorf("took %q", key.AccessKeyID)
		}
	})
}
