package sso

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// Debian's own programs, whatever else is in PATH.
const (
	debianAWS    = "/usr/bin/aws"
	debianPython = "/usr/bin/python3"
)

const toolsConfig = `[sso-session corp]
sso_start_url = ` + startURL + `
sso_region = us-east-1
[profile prod]
region = us-east-1
sso_session = corp
sso_account_id = 111111111111
sso_role_name = Admin
[profile old]
region = us-east-1
sso_start_url = ` + startURL + `
sso_region = us-east-1
sso_account_id = 111111111111
sso_role_name = Admin
`

const whoInPython = `
import boto3, sys
print(boto3.Session(profile_name=sys.argv[1]).client("sts").get_caller_identity()["Arn"])
`

// TestAWSToolsUseWhatIsShared: AWS's SDK for Go, boto3 and AWS's command line get the
// credentials of a role by a sign-in that Vaultbar has made, by both names of its file.
func TestAWSToolsUseWhatIsShared(t *testing.T) {
	testenv.Time(t)
	testenv.Program(t, debianAWS, "awscli")
	if err := exec.Command(debianPython, "-c", "import boto3").Run(); err != nil {
		testenv.That(t, false, "boto3 (Debian's package python3-boto3)")
	}
	d := newFixtureWithTools(t)
	d.shares = true
	configFile := filepath.Join(d.home, ".aws", "config")
	if err := os.MkdirAll(filepath.Dir(configFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(configFile, []byte(toolsConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	for profile, session := range map[string]string{"prod": "corp", "old": ""} {
		d.session.Session = session
		s := d.source()
		if _, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); err != nil {
			t.Fatal(err)
		}
		d.usedBy(t, profile, "boto3", debianPython, "-c", whoInPython, profile)
		d.usedBy(t, profile, "aws", debianAWS, "--no-cli-pager", "--profile", profile, "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
		d.usedByTheSDK(t, profile)
		s.EndAll()
	}
	if n := d.aws.Count("CreateToken"); n != 2 {
		t.Errorf("%d tokens for two sign-ins", n)
	}
}

// usedBy runs a program for which every host of AWS is the strict one.
func (d *withTools) usedBy(t *testing.T, profile, name, program string, args ...string) {
	t.Helper()
	proxy := awstest.NewProxy(t, d.aws)
	ca := filepath.Join(d.home, "ca.pem")
	if err := os.WriteFile(ca, proxy.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = []string{
		"PATH=/usr/bin:/bin", "HOME=" + d.home, "AWS_EC2_METADATA_DISABLED=true", "AWS_CA_BUNDLE=" + ca, "HTTPS_PROXY=" + proxy.URL(), "LANG=C.UTF-8",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s with profile %s: %v\n%s", name, profile, err, out)
	}
	isAdmin(t, name+" with profile "+profile, string(out))
}

func (d *withTools) usedByTheSDK(t *testing.T, profile string) {
	t.Helper()
	t.Setenv("HOME", d.home)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(d.home, ".aws", "config"))
	for _, service := range []string{"STS", "SSO", "SSO_OIDC"} { // for its own sign-in it heeds no AWS_ENDPOINT_URL
		t.Setenv("AWS_ENDPOINT_URL_"+service, d.aws.URL())
	}
	found, err := config.LoadDefaultConfig(t.Context(), config.WithSharedConfigProfile(profile))
	if err != nil {
		t.Fatal(err)
	}
	identity, err := sts.NewFromConfig(found).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatalf("the SDK for Go with profile %s: %v", profile, err)
	}
	isAdmin(t, "the SDK for Go with profile "+profile, *identity.Arn)
}

func isAdmin(t *testing.T, who, arn string) {
	t.Helper()
	if !strings.HasPrefix(arn, "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_") {
		t.Errorf("%s is %q", who, arn)
	}
}
