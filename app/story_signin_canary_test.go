//go:build linux

package app_test

import (
	"fmt"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// A whole run of sign-ins, through what works and what fails: no token, client secret,
// code or verifier is in any argument, log, error or file.
func TestNoSignInSecretIsTold(t *testing.T) {
	t.Parallel()
	testenv.Root(t) // to look at every process and file
	a := newAviary(t)
	a.withConsole()
	a.signsIn()
	ended := a.start()
	ssh := a.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	server := a.aws.Server

	a.verb(5, "", "export", "--format=json", "dev")
	a.heardOn(a.signInBy(ssh, "vaultbar signin --no-browser"))
	a.export("dev")
	a.heardOn(a.signInBy(ssh, "vaultbar signin --force --device-code"))
	a.export("dev")
	for _, args := range [][]string{
		{"list"}, {"list", "--long"}, {"list", "--json"}, {"status"}, {"status", "--json"}, {"explain", "dev"}, {"signin"}, {"__complete", "signin", ""},
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
	a.verb(0, "", "signout", "--all")
	a.verb(5, "", "export", "--format=json", "dev")
	a.stop()
	ended()

	for _, action := range []string{"Authorize", "StartDeviceAuthorization", "Logout"} {
		if server.CountOK(action) == 0 {
			t.Errorf("nothing was heard of %s", action)
		}
	}
	a.long, a.session = nil, nil
	for i, secret := range server.Issued() {
		a.session = append(a.session, newCanary(fmt.Sprintf("secret %d that AWS issued", i), secret))
	}
	if len(a.session) < 10 {
		t.Errorf("%d secrets were issued", len(a.session))
	}
	a.listen()
}
