package liveconfig

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
)

// TestPlainNames holds that what is kept for screens follows the files and has no
// secret.
func TestPlainNames(t *testing.T) {
	folder := t.TempDir()
	files := awsconfig.Files{Config: filepath.Join(folder, "config"), Credentials: filepath.Join(folder, "credentials")}
	const secret = "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
	text := "[work]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n" + secret + "[old]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\n" + secret
	if err := os.WriteFile(files.Credentials, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var names PlainNames
	for range 2 {
		keys := names.Keys(files)
		if len(keys) != 1 || keys[0].Profile != "work" || keys[0].Line != 2 || keys[0].Key != (vaultcore.Credentials{}) {
			t.Fatalf("found %+v", keys)
		}
	}
	if err := os.WriteFile(files.Credentials, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if keys := names.Keys(files); len(keys) != 0 {
		t.Errorf("found %+v in an empty file", keys)
	}
}
