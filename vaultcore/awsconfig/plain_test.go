package awsconfig

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/configs"
)

const (
	annID     = "AKIAIOSFODNN7EXAMPLE"
	annSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	bobID     = "AKIAI44QH8DHBEXAMPLE"
)

// plainFiles writes the two files of AWS's tools.
func plainFiles(t *testing.T, config, credentials string) Files {
	t.Helper()
	config, credentials = configs.Write(t, config, credentials)
	return Files{Config: config, Credentials: credentials}
}

func TestPlainKeys(t *testing.T) {
	for name, c := range map[string]struct {
		config, credentials string
		want                []string // profiles whose keys can be moved
		faults              int      // and how many others there are
	}{
		"nothing":               {"", "", nil, 0},
		"one":                   {"", "[work]\n" + configs.Key(annID, annSecret), []string{"work"}, 0},
		"in the config":         {"[default]\n" + configs.Key(annID, annSecret) + "[profile b]\n" + configs.Key(bobID, annSecret) + "[c]\n" + configs.Key(bobID, annSecret), "", []string{"default", "b"}, 0},
		"in both":               {"[profile work]\n" + configs.Key(bobID, annSecret), "[work]\n" + configs.Key(annID, annSecret), []string{"work"}, 0},
		"capitals":              {"", "[work]\nAWS_ACCESS_KEY_ID=" + annID + "\nAWS_Secret_Access_Key=" + annSecret, []string{"work"}, 0},
		"a temporary key":       {"", "[work]\n" + configs.Key("ASIAIOSFODNN7EXAMPLE", annSecret), nil, 1},
		"a session":             {"", "[work]\n" + configs.Key(annID, annSecret) + "aws_session_token = x\n", nil, 1},
		"an empty token":        {"", "[work]\n" + configs.Key(annID, annSecret) + "aws_session_token =\n", []string{"work"}, 0},
		"a comment behind":      {"", "[work]\n" + configs.Key(annID+" # mine", annSecret), nil, 1},
		"a comment behind both": {"", "[work]\n" + configs.Key(annID, annSecret+" ; old"), nil, 1},
		"quotes":                {"", "[work]\n" + configs.Key(`"`+annID+`"`, annSecret), nil, 1},
		"no secret":             {"", "[work]\naws_access_key_id = " + annID + "\n", nil, 1},
		"a short secret":        {"", "[work]\n" + configs.Key(annID, "short"), nil, 1},
		"no id":                 {"", "[work]\naws_secret_access_key = " + annSecret + "\n", nil, 0},
		"a role beside":         {"", "[work]\nrole_arn = x\n" + configs.Key(annID, annSecret), []string{"work"}, 0},
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
