package accesskey

import (
	"errors"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestCSV reads the files of the console in every form that it has had.
func TestCSV(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		user string
	}{
		"accessKeys.csv":                {"Access key ID,Secret access key\r\n" + id + "," + secret, ""},
		"with a byte order mark":        {"\ufeffAccess key ID,Secret access key\n" + id + "," + secret + "\n", ""},
		"credentials.csv of a new user": {"User name,Password,Access key ID,Secret access key,Console login link\nann,,\"" + id + "\",\"" + secret + "\",https://111111111111.signin.aws.amazon.com/console\n", "ann"},
		"an older credentials.csv":      {"User Name,Access Key Id,Secret Access Key\n\"ann\"," + id + "," + secret, "ann"},
	} {
		rows, err := CSV([]byte(test.text))
		if err != nil || len(rows) != 1 || rows[0].Why != nil || rows[0].User != test.user || rows[0].Line != 2 ||
			rows[0].Key.AccessKeyID != id || rows[0].Key.SecretAccessKey.Reveal() != secret {
			t.Errorf("%s: %+v, %v", name, rows, err)
		}
	}
	rows, err := CSV([]byte("User name,Access key ID,Secret access key\nann," + id + "," + secret + "\nbob,canary,canary\n"))
	if err != nil || len(rows) != 2 || rows[0].Why != nil || rows[1].Why == nil || rows[1].User != "bob" || rows[1].Line != 3 {
		t.Errorf("several users: %+v, %v", rows, err)
	}
}

func TestCSVRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a password only":     "User name,Password,Console sign-in URL\nann,canary,https://111111111111.signin.aws.amazon.com/console\n",
		"root's, older":       "AWSAccessKeyId=" + id + "\r\nAWSSecretKey=canary\r\n",
		"titles only":         "Access key ID,Secret access key\n",
		"a short row":         "Access key ID,Secret access key\ncanary\n",
		"no CSV":              "\"canary\n",
		"a broken row":        "Access key ID,Secret access key\n\"canary\n",
		"nothing":             "",
		"a byte order mark":   "\ufeff",
		"other columns":       "canary,b\n1,2\n",
		"a credentials file":  "[canary]\naws_access_key_id = " + id + "\naws_secret_access_key = canary\n",
		"titles without a id": "Secret access key\ncanary\n",
	} {
		_, err := CSV([]byte(text))
		if !errors.Is(err, vaultcore.ErrKey) || strings.Contains(err.Error()+vaultcore.Hint(err), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
