package awsconfig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDefaultBrings: which lines of [default] have AWS's tools ask nobody else.
func TestDefaultBrings(t *testing.T) {
	for _, test := range []struct{ config, credentials, want string }{
		{"", "", ""},
		{"[default]\nregion = eu-west-1\noutput = json\n", "", ""},
		{"[profile default]\nsso_session = corp\n", "", "config has sso_session"},
		{"[default]\ncredential_process = x\n", "", "config has credential_process"},
		{"[default]\nrole_arn = arn\nsource_profile = x\n", "", "config has role_arn"},
		{"[default]\nlogin_session = arn\n", "", "config has login_session"},
		{"[default]\nweb_identity_token_file = x\n", "", "config has web_identity_token_file"},
		{"[default]\nsso_start_url = https://x\n", "", "config has sso_start_url"},
		{"[default]\naws_access_key_id = AKIA\n", "[default]\naws_access_key_id = AKIA\n", "credentials has aws_access_key_id"},
		{"[default]\ncredential_process =\n[profile other]\nrole_arn = arn\n", "[other]\naws_access_key_id = AKIA\n", ""},
		{"", "[profile default]\naws_access_key_id = AKIA\n", ""},
	} {
		folder := t.TempDir()
		files := Files{Config: filepath.Join(folder, "config"), Credentials: filepath.Join(folder, "credentials")}
		for path, text := range map[string]string{files.Config: test.config, files.Credentials: test.credentials} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := DefaultBrings(files); !strings.HasSuffix(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%q with %q: %q", test.config, test.credentials, got)
		}
	}
	if got := DefaultBrings(Files{Config: "/none", Credentials: "/none"}); got != "" {
		t.Errorf("files that are not there: %q", got)
	}
}
