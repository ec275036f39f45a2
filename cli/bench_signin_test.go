//go:build unix

package cli

import (
	"crypto/sha1"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	who "github.com/vaultbar/vaultbar/vaultcore/source/person"
	"github.com/vaultbar/vaultbar/vaultcore/source/sso"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// BenchmarkWarmExportSignedIn shows that a role of IAM Identity Center costs a program no
// more than one that a key assumes.
func BenchmarkWarmExportSignedIn(b *testing.B) {
	aws := awstest.Demo(awstest.NewServer(b))
	role := aws.Account.Role("deploy", awstest.Trust{Principals: []string{aws.Account.User("bob").ARN()}})
	corp := vaultcore.SignIn{Session: "corp", StartURL: "https://d-1234567890.awsapps.com/start", Region: "us-east-1", Scopes: "sso:account:access"}
	center := aws.Server.IdentityCenter(corp.StartURL)
	center.Person("ann").Assign(aws.Account, center.PermissionSet("Admin", time.Hour))
	c := warmWith(b, aws, fmt.Sprintf(`
[profile deploy]
region = eu-central-1
role_arn = %s
source_profile = %s

[profile signed-in]
region = eu-central-1
sso_session = corp
sso_account_id = %s
sso_role_name = Admin

[sso-session corp]
sso_start_url = %s
sso_region = %s
sso_registration_scopes = %s
`, role.ARN(), testkit.BaseProfile, aws.Account.ID(), corp.StartURL, corp.Region, corp.Scopes))
	c.signIn(b, aws.Server.URL(), corp)

	export := func(profile string) steps { return steps{c.vaultbar("export", "--format=json", profile)} }
	for _, profile := range []string{"deploy", "signed-in"} {
		c.output(b, "export", "--format=json", profile)
	}
	aws.Server.ResetCalls()
	c.compare(b, 1.15, export("signed-in"), export("deploy"))
	if n := aws.Server.Count(""); n != 0 {
		b.Errorf("AWS was asked %d times", n)
	}
}

// signIn leaves a sign-in where `aws sso login` leaves its own.
func (c contest) signIn(b *testing.B, endpoint string, at vaultcore.SignIn) {
	b.Helper()
	authority := sso.NewAuthority(at, sso.Target{Portal: endpoint, Authority: endpoint, HTTP: http.DefaultClient})
	token, err := authority.Device(b.Context(), sso.Registration{}, func(code who.Code) error {
		_, err := awstest.Visitor{Name: "ann"}.Visit(b.Context(), awstest.NewBrowser(), code.Page)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	text := fmt.Sprintf(`{"startUrl": %q, "region": %q, "accessToken": %q, "expiresAt": %q}`, at.StartURL, at.Region, token.Access.Reveal(), token.Expires.UTC().Format(time.RFC3339))
	c.write(b, text, ".aws", "sso", "cache", fmt.Sprintf("%x.json", sha1.Sum([]byte(at.Session))))
}
