package credserver

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

const debianPython = "/usr/bin/python3"

// endIn returns what boto3 takes for the end of what it is served.
func endIn(t *testing.T, env ...string) time.Time {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), debianPython, "-c", `
import boto3
c = boto3.Session().get_credentials()
assert c.get_frozen_credentials().token == "token-canary"
print(c._expiry_time.isoformat())`)
	cmd.Env = append(env, "PATH=/usr/bin:/bin", "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	end, err := time.Parse(time.RFC3339, strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	return end
}

func variables(s *Server) []string {
	if s.Token().IsZero() {
		return []string{"AWS_EC2_METADATA_SERVICE_ENDPOINT=" + s.Address() + "/", "AWS_EC2_METADATA_V1_DISABLED=true"}
	}
	return []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + s.Address(), "AWS_CONTAINER_AUTHORIZATION_TOKEN=" + s.Token().Reveal()}
}

// TestTheEndThatClientsBelieve: boto3 and the SDK for Go take the end of a session for
// what it is, also where less than 25 minutes are left and boto3 would pretend that an
// instance's session lives on.
func TestTheEndThatClientsBelieve(t *testing.T) {
	testenv.Time(t)
	testenv.Program(t, debianPython, "python3")
	if exec.CommandContext(t.Context(), debianPython, "-c", "import boto3").Run() != nil {
		testenv.That(t, false, "boto3 (Debian's package python3-boto3)")
	}
	for _, left := range []time.Duration{12 * time.Minute, 20 * time.Minute, 2 * time.Hour} {
		end := time.Now().Add(left).UTC().Truncate(time.Second)
		v := &vault{answers: func(profile string, least time.Duration, _ bool) (vaultcore.Credentials, error) {
			if least > left {
				return vaultcore.Credentials{}, vaultcore.ErrNobodyToAsk
			}
			return session(profile, end), nil
		}}
		for _, metadata := range []bool{false, true} {
			s := open(t, prod(v), Options{Metadata: metadata})
			if got := endIn(t, variables(s)...); !got.Equal(end) {
				t.Errorf("with %s left, of an instance: %t, boto3 believes in %s, not in %s", left, metadata, got, end)
			}
		}
	}
}

// TestTheSDKForGo: it is served by both, and where less than 5 minutes are left too.
func TestTheSDKForGo(t *testing.T) {
	end := time.Now().Add(3 * time.Minute).UTC().Truncate(time.Second)
	v := &vault{answers: func(profile string, _ time.Duration, _ bool) (vaultcore.Credentials, error) {
		return session(profile, end), nil
	}}
	for _, metadata := range []bool{false, true} {
		s := open(t, prod(v), Options{Metadata: metadata})
		for _, name := range []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"} {
			t.Setenv(name, "")
		}
		t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
		t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
		for _, variable := range variables(s) {
			name, value, _ := strings.Cut(variable, "=")
			t.Setenv(name, value)
		}
		cfg, err := config.LoadDefaultConfig(context.Background(), config.WithRegion("eu-central-1"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := cfg.Credentials.Retrieve(t.Context())
		if err != nil || got.AccessKeyID != "ASIAPROD" || got.SessionToken != "token-canary" || !got.CanExpire || got.Expires.After(end) {
			t.Errorf("of an instance: %t: %v, source %s, ends %s, not %s", metadata, err, got.Source, got.Expires, end)
		}
	}
}
