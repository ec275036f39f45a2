package awsconfig

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	annID     = "AKIAIOSFODNN7EXAMPLE"
	annSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	bobID     = "AKIAI44QH8DHBEXAMPLE"
)

// plainFiles writes the two files of AWS's tools.
func plainFiles(t *testing.T, config, credentials string) Files {
	t.Helper()
	folder := t.TempDir()
	files := Files{Config: filepath.Join(folder, "config"), Credentials: filepath.Join(folder, "credentials")}
	for path, text := range map[string]string{files.Config: config, files.Credentials: credentials} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func pair(id, secret string) string {
	return "aws_access_key_id = " + id + "\naws_secret_access_key = " + secret + "\n"
}

func TestPlainKeys(t *testing.T) {
	for name, c := range map[string]struct {
		config, credentials string
		want                []string // profiles whose keys can be moved
		faults              int      // and how many others there are
	}{
		"nothing":               {"", "", nil, 0},
		"one":                   {"", "[work]\n" + pair(annID, annSecret), []string{"work"}, 0},
		"in the config":         {"[default]\n" + pair(annID, annSecret) + "[profile b]\n" + pair(bobID, annSecret) + "[c]\n" + pair(bobID, annSecret), "", []string{"default", "b"}, 0},
		"in both":               {"[profile work]\n" + pair(bobID, annSecret), "[work]\n" + pair(annID, annSecret), []string{"work"}, 0},
		"capitals":              {"", "[work]\nAWS_ACCESS_KEY_ID=" + annID + "\nAWS_Secret_Access_Key=" + annSecret, []string{"work"}, 0},
		"a temporary key":       {"", "[work]\n" + pair("ASIAIOSFODNN7EXAMPLE", annSecret), nil, 1},
		"a session":             {"", "[work]\n" + pair(annID, annSecret) + "aws_session_token = x\n", nil, 1},
		"an empty token":        {"", "[work]\n" + pair(annID, annSecret) + "aws_session_token =\n", []string{"work"}, 0},
		"a comment behind":      {"", "[work]\n" + pair(annID+" # mine", annSecret), nil, 1},
		"a comment behind both": {"", "[work]\n" + pair(annID, annSecret+" ; old"), nil, 1},
		"quotes":                {"", "[work]\n" + pair(`"`+annID+`"`, annSecret), nil, 1},
		"no secret":             {"", "[work]\naws_access_key_id = " + annID + "\n", nil, 1},
		"a short secret":        {"", "[work]\n" + pair(annID, "short"), nil, 1},
		"no id":                 {"", "[work]\naws_secret_access_key = " + annSecret + "\n", nil, 0},
		"a role beside":         {"", "[work]\nrole_arn = x\n" + pair(annID, annSecret), []string{"work"}, 0},
	} {
		found, err := PlainKeys(plainFiles(t, c.config, c.credentials))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var names []string
		faults := 0
		for _, key := range found {
			if key.Why == nil {
				names = append(names, key.Profile)
				continue
			}
			faults++
			if said := key.Why.Error() + vaultcore.Hint(key.Why); !errors.Is(key.Why, vaultcore.ErrKey) || strings.Contains(said, annSecret) {
				t.Errorf("%s: %s", name, said)
			}
		}
		if !slices.Equal(names, c.want) || faults != c.faults {
			t.Errorf("%s: %q and %d more, want %q and %d", name, names, faults, c.want, c.faults)
		}
	}
}
