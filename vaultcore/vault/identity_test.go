package vault

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

const otherAccount = "999999999999"

// unchecked is a key of which nobody has asked yet whose it is.
func unchecked(key *awstest.Key) vaultcore.Credentials {
	return vaultcore.Credentials{AccessKeyID: key.ID(), SecretAccessKey: key.Secret()}
}

// saysBoth fails the test unless an error is of another account, and says both.
func saysBoth(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, vaultcore.ErrWrongAccount) || !strings.Contains(err.Error(), "111111111111") || !strings.Contains(err.Error(), otherAccount) || vaultcore.Hint(err) == "" {
		t.Errorf("%s: %v", what, err)
	}
}

// A key of another account than its profile names is neither added nor imported.
func TestKeyOfAnotherAccountIsNotKept(t *testing.T) {
	s, world := newVault(t, inMemory)
	s.paths.Static = filepath.Join(t.TempDir(), "credentials")
	key := world.User.NewKey()
	extend(t, s, "[profile old]\nregion = us-east-1\nmfa_serial = arn:aws:iam::"+otherAccount+":mfa/ann\n[profile named]\nregion = us-east-1\naws_account_id = "+otherAccount+"\n")
	plain := fmt.Sprintf("[old]\naws_access_key_id = %s\naws_secret_access_key = %s\n", key.ID(), key.Secret().Reveal())
	if err := os.WriteFile(s.paths.Static, []byte(plain), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, profile := range []string{"old", "named"} {
		_, err := s.Identify(t.Context(), agent.IdentifyRequest{Profile: profile, Key: unchecked(key)})
		saysBoth(t, "identify for "+profile, err)
		saysBoth(t, "add "+profile, s.Add(t.Context(), agent.AddRequest{Profile: profile, Key: key.Credentials(), EditConfig: true}))
	}
	saysBoth(t, "add with a device", s.Add(t.Context(), agent.AddRequest{Profile: "new", Key: key.Credentials(), EditConfig: true, MFASerial: "arn:aws:iam::" + otherAccount + ":mfa/ann"}))
	command, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	shown, err := s.Import(t.Context(), agent.ImportRequest{Profiles: []string{"old"}, Command: command})
	if err != nil || len(shown.Keys) != 1 || shown.Plan != "" || !strings.Contains(shown.Keys[0].Why, otherAccount) {
		t.Errorf("import: %+v, %v", shown, err)
	}
	if names, err := s.keys.Names(t.Context()); err != nil || len(names) != 2 {
		t.Errorf("the keychain has %q, %v", names, err)
	}
	if text, err := os.ReadFile(s.paths.Config); err != nil || strings.Contains(string(text), "[profile new]") {
		t.Errorf("the config was edited, %v", err)
	}
}

// The account of a key is asked for once where nobody has asked, and never where that is
// known or where nothing names another.
func TestAccountIsAskedForOnce(t *testing.T) {
	s, world := newVault(t, inMemory)
	extend(t, s, "[profile checked]\nregion = us-east-1\naws_account_id = 111111111111\n[profile unchecked]\nregion = us-east-1\naws_account_id = 111111111111\n")
	for profile, key := range map[string]vaultcore.Credentials{"checked": world.User.NewKey().Credentials(), "unchecked": unchecked(world.User.NewKey())} {
		if err := s.Add(t.Context(), agent.AddRequest{Profile: profile, Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		profile string
		asked   int
	}{{"robot", 0}, {"checked", 0}, {"unchecked", 1}, {"unchecked", 1}} {
		for _, noSession := range []bool{true, false} {
			got, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: test.profile, NoSession: noSession})
			if err != nil || test.profile != "robot" && got.Credentials.AccountID != "111111111111" {
				t.Errorf("%s: account %q, %v", test.profile, got.Credentials.AccountID, err)
			}
			if n := world.Server.Count("GetCallerIdentity"); n != test.asked {
				t.Errorf("%s: AWS was asked %d times whose a key is, want %d", test.profile, n, test.asked)
			}
		}
	}
}

// Nothing is handed out, kept or asked of a person for a profile whose credentials AWS
// says to be of another account, whatever they come from.
func TestFirstSessionOfAnotherAccount(t *testing.T) {
	s, world := newVault(t, inMemory)
	issuer := world.Server.Issuer("https://oidc.example.com/cluster")
	world.Account.TrustIssuer(issuer, "sts.amazonaws.com")
	pod, role := world.Account.Role("pod", awstest.Trust{Issuer: issuer}), world.Account.Role("ci", awstest.Trust{Principals: []string{world.Account.User("robot").ARN()}})
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(issuer.Token("web", "sts.amazonaws.com", nil)), 0o600); err != nil {
		t.Fatal(err)
	}
	says, silent := printed(t, world, `, "AccountId": "`+otherAccount+`"`), printed(t, world, "")
	extend(t, s, "[profile role]\nregion = us-east-1\nsource_profile = robot\nrole_arn = "+role.ARN()+
		"\n[profile pod]\nregion = us-east-1\nrole_arn = "+pod.ARN()+"\nweb_identity_token_file = "+token+
		"\n[profile key]\nregion = us-east-1\naws_account_id = 111111111111"+
		"\n[profile device]\nregion = us-east-1\nmfa_serial = arn:aws:iam::111111111111:mfa/ann"+
		"\n[profile says]\nregion = us-east-1\naws_account_id = 111111111111\ncredential_process = "+says+
		"\n[profile silent]\nregion = us-east-1\naws_account_id = 111111111111\ncredential_process = "+silent+"\n")
	if err := settings.Set(s.settings.File(), "commands", "allow"); err != nil {
		t.Fatal(err)
	}
	if err := s.reload(); err != nil {
		t.Fatal(err)
	}
	for _, profile := range []string{"key", "device"} {
		if err := s.Add(t.Context(), agent.AddRequest{Profile: profile, Key: unchecked(world.User.NewKey())}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ profile, answered string }{
		{"role", "AssumeRole"}, {"pod", "AssumeRoleWithWebIdentity"}, {"key", "GetCallerIdentity"}, {"device", "GetCallerIdentity"}, {"says", ""}, {"silent", "GetCallerIdentity"},
	} {
		if runtime.GOOS == "windows" && test.profile[0] == 's' {
			continue // there is no cat
		}
		if test.answered != "" {
			world.Server.Fault(awstest.Fault{Action: test.answered, Kind: awstest.AnsweringFor(otherAccount)})
		}
		before := s.pool.Count()
		got, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: test.profile})
		saysBoth(t, test.profile, err)
		if got.Credentials.AccessKeyID != "" || s.pool.Count() > before+1 { // the session of robot's key is right
			t.Errorf("%s: %v, %d sessions", test.profile, got.Credentials, s.pool.Count())
		}
		world.Server.ClearFaults()
	}
	if n := world.Server.CountOK("GetSessionToken"); n != 1 {
		t.Errorf("%d sessions of keys were made, besides that which the role is assumed with", n-1)
	}
}

// printed is a credential_process that prints a session of a user's, and more of it.
func printed(t *testing.T, world awstest.World, more string) (command string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "output")
	key := world.User.NewKey()
	text := fmt.Sprintf(`{"Version": 1, "AccessKeyId": %q, "SecretAccessKey": %q%s}`, key.ID(), key.Secret().Reveal(), more)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "/bin/cat " + path
}
