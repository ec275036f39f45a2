package credformat

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

func grant() Grant {
	return Grant{
		Profile: "prod",
		Credentials: vaultcore.Credentials{
			AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: vaultcore.NewSecret("se/cr+et="), SessionToken: vaultcore.NewSecret("token"),
			Expires: time.Date(2026, 1, 2, 4, 4, 5, 0, time.FixedZone("", 3600)),
		},
		Region: "eu-west-1",
	}
}

func TestEnviron(t *testing.T) {
	inherited := []string{
		"PATH=/bin", "AWS_PROFILE=a", "AWS_PROFILE=b", "AWS_SESSION_TOKEN=old", "AWS_SESSION_TOKEN=older", "AWS_REGION=old",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=x", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=x", "AWS_CONFIG_FILE=kept", "NOEQUALS",
		"VAULTBAR_FILE_PASSPHRASE=canary", "AWS_VAULT_FILE_PASSPHRASE=canary", "AWS_VAULT=outer", "VAULTBAR_PROTECTED=yes",
	}
	want := []string{
		"PATH=/bin", "AWS_CONFIG_FILE=kept", "NOEQUALS", "AWS_VAULT=prod",
		"AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=se/cr+et=", "AWS_SESSION_TOKEN=token",
		"AWS_CREDENTIAL_EXPIRATION=2026-01-02T03:04:05Z", "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1",
	}
	if got := Environ(inherited, grant()); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	guarded := grant()
	guarded.Protected = true
	want = slices.Insert(want, 4, "VAULTBAR_PROTECTED=yes")
	if got := Environ(inherited, guarded); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	nowhere := grant()
	nowhere.Region = ""
	if got := Environ([]string{"AWS_REGION=kept"}, nowhere); got[0] != "AWS_REGION=kept" {
		t.Errorf("the region of the caller is lost: %q", got)
	}
}

func TestWithoutCredentials(t *testing.T) {
	inherited := []string{
		"HOME=/home/ann", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_SESSION_TOKEN=x", "AWS_PROFILE=x", "AWS_VAULT=x", "AWS_REGION=x",
		"AWS_CONFIG_FILE=x", "AWS_SHARED_CREDENTIALS_FILE=x", "AWS_ENDPOINT_URL=x", "AWS_ENDPOINT_URL_S3=x", "https_proxy=x", "HTTPS_PROXY=x", "ALL_PROXY=x",
		"SSL_CERT_FILE=x", "AWS_CA_BUNDLE=x", "VAULTBAR_BACKEND=kept", "VAULTBAR_FILE_DIR=kept",
		"VAULTBAR_FILE_PASSPHRASE=x", "OTHER_PASSPHRASE=x", "DISPLAY=:0",
	}
	want := []string{
		"HOME=/home/ann", "VAULTBAR_BACKEND=kept", "VAULTBAR_FILE_DIR=kept", "DISPLAY=:0",
	}
	before := slices.Clone(inherited)
	if got := WithoutCredentials(inherited); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if !slices.Equal(inherited, before) {
		t.Error("the caller's environment was changed")
	}
}

func TestQuotes(t *testing.T) {
	for _, c := range []struct{ value, shell, fish, powershell string }{
		{"se/cr+et=", "se/cr+et=", "'se/cr+et='", "'se/cr+et='"},
		{"", "''", "''", "''"},
		{"a b", "'a b'", "'a b'", "'a b'"},
		{"$(rm)", "'$(rm)'", "'$(rm)'", "'$(rm)'"},
		{"it's", `'it'\''s'`, `'it\'s'`, "'it''s'"},
		{`back\`, `'back\'`, `'back\\'`, `'back\'`},
		{"’", "'’'", "'’'", "'’’'"},
		{"two\nlines", "'two\nlines'", "'two\nlines'", "'two\nlines'"},
	} {
		if got := vaultcore.ShellWord(c.value); got != c.shell {
			t.Errorf("shell %q: %s", c.value, got)
		}
		if got := fishQuote(c.value); got != c.fish {
			t.Errorf("fish %q: %s", c.value, got)
		}
		if got := powerShellWord(c.value); got != c.powershell {
			t.Errorf("powershell %q: %s", c.value, got)
		}
	}
}

func TestProcess(t *testing.T) {
	for _, secret := range []string{"plain", "quo\"te\\", "new\nline", "Größe\u2028<&>", "\xff"} {
		g := grant()
		g.Credentials.SecretAccessKey = vaultcore.NewSecret(secret)
		var got map[string]any
		if err := json.Unmarshal(g.process(), &got); err != nil {
			t.Fatalf("%q: %s", secret, err)
		}
		want := map[string]any{
			"Version": 1.0, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": strings.ToValidUTF8(secret, "\ufffd"),
			"SessionToken": "token", "Expiration": "2026-01-02T03:04:05Z",
		}
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%s is %v, want %v", key, got[key], value)
			}
		}
		if len(got) != len(want) {
			t.Errorf("fields %v", got)
		}
	}
	key := grant()
	key.Credentials.SessionToken, key.Credentials.Expires = vaultcore.Secret{}, time.Time{}
	if got := string(key.process()); got != `{"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"se/cr+et="}`+"\n" {
		t.Errorf("a long-term key: %s", got)
	}
}

// TestIni holds that the section is one of a credentials file, not of a config file.
func TestIni(t *testing.T) {
	for _, profile := range []string{"default", "prod", "two words"} {
		g := grant()
		g.Profile = profile
		want := "[" + profile + "]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = se/cr+et=\naws_session_token = token\n" +
			"aws_credential_expiration = 2026-01-02T03:04:05Z\nregion = eu-west-1\n"
		if got := string(g.ini()); got != want {
			t.Errorf("got %s", got)
		}
	}
}

func TestServedEnviron(t *testing.T) {
	inherited := []string{
		"PATH=/bin", "AWS_PROFILE=a", "AWS_ACCESS_KEY_ID=old", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x", "AWS_REGION=old",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6",
	}
	container := Served{Protected: true, Profile: "prod", Address: "http://127.0.0.1:1", Token: vaultcore.NewSecret("t"), Region: "eu-west-1"}
	want := []string{
		"PATH=/bin", "AWS_EC2_METADATA_DISABLED=true", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6", "AWS_VAULT=prod", "VAULTBAR_PROTECTED=yes",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1", "AWS_CONTAINER_AUTHORIZATION_TOKEN=t",
		"AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1",
	}
	if got := ServedEnviron(inherited, container); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	metadata := Served{Profile: "prod", Address: "http://127.0.0.1:1", Metadata: true}
	want = []string{
		"PATH=/bin", "AWS_REGION=old", "AWS_VAULT=prod",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1/", "AWS_EC2_METADATA_V1_DISABLED=true",
	}
	if got := ServedEnviron(inherited, metadata); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
