//go:build linux

package stories_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// A whole run of sign-ins, through what works and what fails: no token, client secret,
// code, verifier or key that proves a sign-in is in any argument, log, error or file.
func TestNoSignInSecretIsTold(t *testing.T) {
	t.Parallel()
	testenv.Root(t) // to look at every process and file
	a := newAviary(t)
	a.withConsole()
	ann, profiles := a.loginProfiles("ops")
	a.signsIn(profiles)
	ended := a.start()
	ssh := a.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	server := a.aws.Server

	a.verb(5, "", "export", "--format=json", "dev")
	a.heardOn(a.signInBy(ssh, "vaultbar signin --no-browser corp"))
	a.export("dev")
	a.heardOn(a.signInBy(ssh, "vaultbar signin --force --device-code corp"))
	a.export("dev")
	for _, args := range [][]string{
		{"list"}, {"list", "--long"}, {"list", "--json"}, {"status"}, {"status", "--json"}, {"explain", "dev"}, {"doctor", "--json", "dev"}, {"signin", "corp"}, {"__complete", "signin", ""},
	} {
		a.verb(0, "", args...)
	}
	server.IdentityCenter(startURL).RevokeAccessTokens() // it is refreshed
	a.export("prod")

	a.verb(0, "", "clear", "prod")
	for _, fault := range []awstest.Fault{
		{Action: "GetRoleCredentials", Kind: awstest.Refuse("ForbiddenException")},
		{Action: "GetRoleCredentials", Kind: awstest.EchoBody500},
		{Action: "GetRoleCredentials", Kind: awstest.Unauthorized},
		{Action: "CreateToken", Kind: awstest.EchoBody500},
	} {
		server.Fault(fault)
		server.IdentityCenter(startURL).RevokeAccessTokens()
		a.tolerant("", "export", "--format=json", "prod")
		server.ClearFaults()
	}
	proof := a.awsLogin(ssh, ann)
	a.verb(0, "", "signout", "--all")
	a.verb(5, "", "export", "--format=json", "dev")
	a.stop()
	ended()

	for _, action := range []string{"Authorize", "StartDeviceAuthorization", "Logout", "AuthorizeOAuth2Access"} {
		if server.CountOK(action) == 0 {
			t.Errorf("nothing was heard of %s", action)
		}
	}
	a.long, a.session = nil, nil
	for i, line := range proof {
		a.session = append(a.session, newCanary(fmt.Sprintf("line %d of the key that proves a sign-in", i), line))
	}
	a.heedIssued(20)
	a.listen()
}

// awsLogin is a sign-in by aws login that works, is refreshed, and fails. It returns the
// lines of the key that proves it, which are in AWS's own cache until it is signed out.
func (a *aviary) awsLogin(ssh func(string) *exec.Cmd, ann *awstest.User) (proof []string) {
	a.Helper()
	server := a.aws.Server
	a.verb(5, "", "export", "--format=json", "ops")
	s := a.sit(ssh("vaultbar signin ops"))
	typed := s.bringCode(ann.ARN())
	if code := s.wait(); code != 0 {
		a.Fatalf("exit code %d\n%s", code, s.all())
	}
	a.heardOn(s, typed)
	files(filepath.Join(a.home, ".aws", "login", "cache"), func(_ string, text []byte) {
		var entry struct{ DPoPKey string }
		a.check(json.Unmarshal(text, &entry))
		block, _ := pem.Decode([]byte(entry.DPoPKey))
		if block == nil {
			a.Fatal("the cache holds no key")
		}
		key, err := x509.ParseECPrivateKey(block.Bytes)
		a.check(err)
		number, err := key.Bytes()
		a.check(err)
		proof = append(strings.Split(strings.TrimSpace(entry.DPoPKey), "\n")[1:3], string(number))
	})
	a.export("ops")
	for _, args := range [][]string{{"clear", "ops"}, {"exec", "deploy", "--", "sh", "-c", "exec true"}, {"explain", "ops"}, {"list", "--json"}, {"status"}, {"login", "--stdout", "ops"}} {
		a.verb(0, "", args...)
	}
	for _, kind := range []awstest.Kind{awstest.EchoBody500, awstest.Unauthorized} {
		a.verb(0, "", "clear", "ops")
		server.Fault(awstest.Fault{Action: "CreateOAuth2Token", Kind: kind})
		a.tolerant("", "export", "--format=json", "ops")
		server.ClearFaults()
	}
	a.verb(0, "", "clear", "ops")
	ann.ChangePassword()
	a.verb(5, "", "export", "--format=json", "ops")
	if made, all := server.CountOK("CreateOAuth2Token"), server.Count("CreateOAuth2Token"); made < 2 || all < made+3 {
		a.Errorf("of %d times credentials were asked for %d worked", all, made)
	}
	return proof
}
