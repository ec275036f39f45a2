package configedit

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/configs"
)

const (
	annID     = "AKIAIOSFODNN7EXAMPLE"
	annSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	bobID     = "AKIAI44QH8DHBEXAMPLE"
)

// plainFiles writes the two files of AWS's tools.
func plainFiles(t *testing.T, config, credentials string) awsconfig.Files {
	t.Helper()
	config, credentials = configs.Write(t, config, credentials)
	return awsconfig.Files{Config: config, Credentials: credentials}
}

// TestPlanTakeOut holds that nothing but the key's own lines leaves a file.
func TestPlanTakeOut(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"alone":         {"[work]\n" + configs.Key(annID, annSecret), ""},
		"with others":   {"# mine\n[a]\nregion = x\n" + configs.Key(annID, annSecret) + "# end\n\n[work]\n" + configs.Key(annID, annSecret) + "[z]\n", "# mine\n[a]\nregion = x\n# end\n\n[z]\n"},
		"a comment":     {"[work]\n# the CI's\n" + configs.Key(annID, annSecret), "[work]\n# the CI's\n"},
		"twice":         {"[work]\n" + configs.Key(bobID, annSecret) + configs.Key(annID, annSecret), ""},
		"windows":       {"[work]\r\naws_access_key_id=" + annID + "\r\naws_secret_access_key=" + annSecret + "\r\n[b]\r\nx=y\r\n", "[b]\r\nx=y\r\n"},
		"no line's end": {"[b]\nx=y\n[work]\naws_access_key_id=" + annID + "\naws_secret_access_key=" + annSecret, "[b]\nx=y"},
	} {
		files := plainFiles(t, "", c.before)
		found, err := awsconfig.PlainKeys(files)
		if err != nil {
			t.Fatal(err)
		}
		change, err := PlanTakeOut(files.Credentials, found)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(change.Diff, annSecret) {
			t.Errorf("%s: the diff shows the secret", name)
		}
		if err := change.Apply(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := os.ReadFile(files.Credentials); err != nil || string(after) != c.after {
			t.Errorf("%s: left %q, want %q: %v", name, after, c.after, err)
		}
	}
}

func TestPlanImport(t *testing.T) {
	const command = "/usr/bin/vaultbar"
	for name, c := range map[string]struct {
		config, credentials string
		wanted              Import
		want                string
		notes               int
	}{
		"a new profile": {"", "[work]\n" + configs.Key(annID, annSecret), Import{Command: command},
			"[profile work]\ncredential_process = /usr/bin/vaultbar export --format=json work\n", 0},
		"one that is there": {"[profile work]\nregion = eu-west-1\n", "[work]\n" + configs.Key(annID, annSecret),
			Import{Command: command, Devices: map[string]string{"work": "arn:aws:iam::111111111111:mfa/ann"}},
			"[profile work]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/ann\ncredential_process = /usr/bin/vaultbar export --format=json work\n", 0},
		"without setup": {"", "[work]\n" + configs.Key(annID, annSecret), Import{}, "[profile work]\n", 0},
		"in the config": {"[default]\nregion = eu-west-1\n" + configs.Key(annID, annSecret), "", Import{Command: command},
			"[default]\nregion = eu-west-1\ncredential_process = /usr/bin/vaultbar export --format=json default\n", 0},
		"kept there": {"[default]\n" + configs.Key(annID, annSecret), "", Import{Command: command, Keep: true},
			"[default]\n" + configs.Key(annID, annSecret) + "credential_process = /usr/bin/vaultbar export --format=json default\n", 1},
		"a region beside the key": {"", "[work]\nregion = eu-west-1\n" + configs.Key(annID, annSecret), Import{Command: command},
			"[profile work]\nregion = eu-west-1\ncredential_process = /usr/bin/vaultbar export --format=json work\n", 0},
		"another region beside the key": {"[profile work]\nregion = eu-north-1\n", "[work]\nregion = eu-west-1\n" + configs.Key(annID, annSecret), Import{Command: command},
			"[profile work]\nregion = eu-north-1\ncredential_process = /usr/bin/vaultbar export --format=json work\n", 0},
		"no region beside the key": {"", "[work]\nregion = Ireland\n" + configs.Key(annID, annSecret), Import{Command: command},
			"[profile work]\ncredential_process = /usr/bin/vaultbar export --format=json work\n", 0},
		"lines that call aws-vault": {"[profile work]\nregion = eu-west-1\n[profile tf]\ncredential_process = aws-vault exec --json --no-session work\n" +
			"[profile other]\ncredential_process = aws-vault export --format=json elsewhere\n[profile elsewhere]\nregion = eu-west-1\n",
			"[work]\n" + configs.Key(annID, annSecret), Import{Command: command, AWSVault: true},
			"[profile work]\nregion = eu-west-1\ncredential_process = /usr/bin/vaultbar export --format=json work\n" +
				"[profile tf]\n# before vaultbar setup: credential_process = aws-vault exec --json --no-session work\ncredential_process = /usr/bin/vaultbar export --format=json --no-session work\n" +
				"[profile other]\ncredential_process = aws-vault export --format=json elsewhere\n[profile elsewhere]\nregion = eu-west-1\n", 2},
		"one key, two names": {"", "[a]\n" + configs.Key(annID, annSecret) + "[b]\n" + configs.Key(annID, annSecret), Import{Command: command},
			"[profile a]\ncredential_process = /usr/bin/vaultbar export --format=json a\n\n[profile b]\ncredential_process = /usr/bin/vaultbar export --format=json a\n", 1},
	} {
		c.wanted.Files = plainFiles(t, c.config, c.credentials)
		found, err := awsconfig.PlainKeys(c.wanted.Files)
		if err != nil {
			t.Fatal(err)
		}
		c.wanted.Keys = found
		change, err := PlanImport(c.wanted)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(change.new) != c.want || len(change.Notes) != c.notes {
			t.Errorf("%s: %q\nwant %q\n%q", name, change.new, c.want, change.Notes)
		}
	}
}

// TestImportRefused holds that a key stays where AWS's own tools would lose it.
func TestImportRefused(t *testing.T) {
	for name, config := range map[string]string{
		"another program's": "[profile work]\ncredential_process = /opt/other\n",
		"a role":            "[profile work]\nrole_arn = arn:aws:iam::111111111111:role/admin\n",
		"a broken profile":  "[profile work]\nregion = nowhere\n",
	} {
		wanted := Import{Files: plainFiles(t, config, "[work]\n"+configs.Key(annID, annSecret)), Command: "/usr/bin/vaultbar"}
		wanted.Keys, _ = awsconfig.PlainKeys(wanted.Files)
		if _, err := PlanImport(wanted); !errors.Is(err, vaultcore.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
