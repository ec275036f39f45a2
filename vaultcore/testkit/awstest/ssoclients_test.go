package awstest

import (
	"bufio"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// Programs that others wrote, which read the config and the cache of AWS's command line.

const debianPython = "/usr/bin/python3"

const ssoConfig = `[sso-session my-sso]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access

[profile prod]
region = us-east-1
sso_session = my-sso
sso_account_id = 111111111111
sso_role_name = Admin
`

// home is a home folder with that config.
func home(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".aws", "sso", "cache"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(ssoConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

// cachedToken is the file that the sign-in of the config is cached in.
func cachedToken(home string) string {
	name := sha1.Sum([]byte("my-sso"))
	return filepath.Join(home, ".aws", "sso", "cache", hex.EncodeToString(name[:])+".json")
}

// cache writes what AWS's command line caches of a token.
func cache(t *testing.T, home string, c client, token *ssooidc.CreateTokenOutput, expires time.Time) {
	t.Helper()
	text, err := json.Marshal(map[string]string{
		"startUrl": testStartURL, "region": "us-east-1", "accessToken": *token.AccessToken, "expiresAt": expires.UTC().Format(time.RFC3339),
		"clientId": *c.id, "clientSecret": *c.secret, "registrationExpiresAt": expires.Add(90 * 24 * time.Hour).UTC().Format(time.RFC3339),
		"refreshToken": *token.RefreshToken,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cachedToken(home), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// cachedRefreshToken is what a program left in the cache.
func cachedRefreshToken(t *testing.T, home string) string {
	t.Helper()
	text, err := os.ReadFile(cachedToken(home))
	if err != nil {
		t.Fatal(err)
	}
	var cached struct{ RefreshToken string }
	if err := json.Unmarshal(text, &cached); err != nil {
		t.Fatal(err)
	}
	return cached.RefreshToken
}

// assumedBy checks who a program was, by what it printed.
func assumedBy(t *testing.T, program, arn string) {
	t.Helper()
	if !strings.HasPrefix(arn, "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_") || !strings.HasSuffix(arn, "/ann") {
		t.Errorf("%s is %q", program, arn)
	}
}

func TestTheSDKForGoWithIdentityCenter(t *testing.T) {
	d := newDirectory(t)
	c, token := d.signIn(t)
	folder := home(t)
	t.Setenv("HOME", folder)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(folder, ".aws", "config"))
	for _, service := range []string{"STS", "SSO", "SSO_OIDC"} { // for its own sign-in it heeds no AWS_ENDPOINT_URL
		t.Setenv("AWS_ENDPOINT_URL_"+service, d.srv.URL())
	}
	use := func(when string, expires time.Time) {
		cache(t, folder, c, token, expires)
		cfg, err := config.LoadDefaultConfig(t.Context(), config.WithSharedConfigProfile("prod"))
		if err != nil {
			t.Fatal(err)
		}
		identity, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		assumedBy(t, when, *identity.Arn)
	}
	use("with a token that lives", time.Now().Add(time.Hour))
	if n := d.srv.Count("CreateToken"); n != 1 {
		t.Errorf("%d tokens were asked for", n)
	}
	use("after a refresh", time.Now().Add(-time.Minute))
	if left := cachedRefreshToken(t, folder); left == "" || left == *token.RefreshToken {
		t.Error("the new refresh token is not kept")
	}
	c, token = d.signIn(t)
	d.center.KeepRefreshTokens(true)
	use("after a refresh that gave no new refresh token", time.Now().Add(-time.Minute))
	if left := cachedRefreshToken(t, folder); left != "" {
		t.Error("the SDK has learned to keep its refresh token")
	}
}

// inAWS runs one of Debian's programs, for which every host of AWS is this one.
func (d directory) inAWS(t *testing.T, home, program string, args ...string) *exec.Cmd {
	t.Helper()
	proxy := NewProxy(t, d.srv)
	ca := filepath.Join(home, "ca.pem")
	if err := os.WriteFile(ca, proxy.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = []string{
		"PATH=/usr/bin:/bin", "HOME=" + home, "AWS_EC2_METADATA_DISABLED=true", "AWS_CA_BUNDLE=" + ca, "HTTPS_PROXY=" + proxy.URL(), "LANG=C.UTF-8",
	}
	return cmd
}

func outputOf(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.Output()
	if err != nil {
		failed, _ := err.(*exec.ExitError)
		t.Fatalf("%v: %v\n%s", cmd.Args, err, failed.Stderr)
	}
	return strings.TrimSpace(string(out))
}

const whoInPython = `
import boto3
print(boto3.Session(profile_name="prod").client("sts").get_caller_identity()["Arn"])
`

func TestBoto3WithIdentityCenter(t *testing.T) {
	testenv.Time(t)
	if err := exec.Command(debianPython, "-c", "import boto3").Run(); err != nil {
		testenv.That(t, false, "boto3 (Debian's package python3-boto3)")
	}
	d := newDirectory(t)
	c, token := d.signIn(t)
	folder := home(t)
	cache(t, folder, c, token, time.Now().Add(time.Hour))
	assumedBy(t, "boto3", outputOf(t, d.inAWS(t, folder, debianPython, "-c", whoInPython)))

	cache(t, folder, c, token, time.Now().Add(5*time.Minute)) // it refreshes 15 min ahead
	assumedBy(t, "boto3, after a refresh", outputOf(t, d.inAWS(t, folder, debianPython, "-c", whoInPython)))
	if left := cachedRefreshToken(t, folder); left == "" || left == *token.RefreshToken {
		t.Error("the new refresh token is not kept")
	}
}

// AWS's command line signs in by device code, and out.
func TestAWSCommandLineSignsIn(t *testing.T) {
	testenv.Time(t)
	testenv.Program(t, debianCLI, "awscli")
	d := newDirectory(t)
	folder := home(t)
	login := d.inAWS(t, folder, debianCLI, "sso", "login", "--profile", "prod", "--no-browser")
	stdout, err := login.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := login.Start(); err != nil {
		t.Fatal(err)
	}
	said := ""
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "user_code=") {
			if _, err := (Visitor{Name: "ann"}).Visit(t.Context(), NewBrowser(), lines.Text()); err != nil {
				t.Error(err)
			}
		}
	}
	if err := login.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	query := []string{"--profile", "prod", "--query", "Arn", "--output", "text"}
	assumedBy(t, "aws", outputOf(t, d.inAWS(t, folder, debianCLI, append([]string{"sts", "get-caller-identity"}, query...)...)))
	outputOf(t, d.inAWS(t, folder, debianCLI, "sso", "logout"))
	if d.ann.signin.live(d.srv.Now()) || d.srv.CountOK("Logout") != 1 {
		t.Errorf("it is not signed out: %+v", d.srv.Calls())
	}
}
