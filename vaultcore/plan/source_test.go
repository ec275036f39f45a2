package plan

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestTokenOfTheEnvironment: the token of whoever asks assumes the role of a profile that
// says of nothing else, and has no say elsewhere.
func TestTokenOfTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	profiles := vaultcore.NewProfiles(append(sample(),
		vaultcore.Profile{Name: "lone", RoleARN: admin},
		vaultcore.Profile{Name: "named", RoleARN: admin, RoleSessionName: "own"},
		vaultcore.Profile{Name: "above", RoleARN: audit, SourceProfile: "lone"},
		vaultcore.Profile{Name: "keyless", RoleARN: admin, SourceProfile: "keyless"},
		vaultcore.Profile{Name: "no-role"}))
	for profile, want := range map[string]struct {
		kind       Kind
		from, name string
		err        error
	}{
		"lone":    {kind: "webidentity", from: file, name: "build-7"},
		"named":   {kind: "webidentity", from: file, name: "own"},
		"above":   {kind: "webidentity", from: file, name: "build-7"},
		"pod":     {kind: "webidentity", from: token.Value, name: "build-7"},
		"own-key": {kind: Key}, "prod": {kind: Key}, "sso": {kind: "sso"}, "program": {kind: "process"},
		"keyless": {err: vaultcore.ErrNoCredentials}, "no-role": {err: vaultcore.ErrNoCredentials},
	} {
		o := sampleOptions()
		o.Token = TokenOf(vaultcore.Environment{}.With("AWS_WEB_IDENTITY_TOKEN_FILE", file).With("AWS_ROLE_SESSION_NAME", "build 7"))
		p, err := Resolve(profiles, profile, o)
		if !errors.Is(err, want.err) {
			t.Errorf("%s: %v", profile, err)
		}
		if err != nil {
			continue
		}
		if s := p.Steps[0]; s.Kind != want.kind || want.from != "" && (s.Source.Value != want.from || s.RoleSessionName != want.name) {
			t.Errorf("%s starts with %s from %s as %s", profile, s.Kind, s.Source.Value, s.RoleSessionName)
		}
	}
	o := sampleOptions()
	o.Token.File = "token"
	if _, err := Resolve(profiles, "lone", o); !errors.Is(err, vaultcore.ErrConfig) {
		t.Errorf("a file that only the program finds: %v", err)
	}
}
