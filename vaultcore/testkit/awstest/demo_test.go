package awstest

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

const debianCLI = "/usr/bin/aws"

func TestDemoWorld(t *testing.T) {
	w := Demo(NewServer(t))
	for _, want := range []string{
		"[profile bastion-system]", "mfa_serial = arn:aws:iam::111111111111:mfa/ann",
		"[profile hoge-system]", "role_arn = arn:aws:iam::111111111111:role/hoge", "source_profile = bastion-system",
	} {
		if !strings.Contains(w.Config(), want+"\n") {
			t.Errorf("the config lacks %q:\n%s", want, w.Config())
		}
	}
	if strings.Contains(w.Config(), w.Key.Secret().Reveal()) || strings.Contains(w.Config(), w.Key.ID()) {
		t.Error("the config has the key in it")
	}
	as := small{srv: w.Server, account: w.Account, ann: w.User, key: w.Key, device: w.MFA, role: w.Role}
	if _, err := as.assume(t, as.mustSession(t, w.MFA.Code()), nil); err != nil {
		t.Errorf("the demo's road is closed: %v", err)
	}
}

func TestKeysLookLikeAWSs(t *testing.T) {
	k := newSmall(t, Trust{}).key
	if len(k.ID()) != 20 || !strings.HasPrefix(k.ID(), "AKIA") || strings.Trim(k.ID()[4:], idAlphabet) != "" || len(k.Secret().Reveal()) != 40 {
		t.Errorf("key %s with a secret of %d characters", k.ID(), len(k.Secret().Reveal()))
	}
	if c := k.Credentials(); !c.LongTerm() || c.AccessKeyID != k.ID() || c.AccountID != "111111111111" {
		t.Errorf("credentials %+v", c)
	}
}

// AWS's own command line signs and reads in its own way.
func TestDebiansAWSCommandLine(t *testing.T) {
	testenv.Time(t)
	testenv.Program(t, debianCLI, "awscli")
	w := newSmall(t, Trust{RequireMFA: true})
	session := w.mustSession(t, w.device.FreshCode())
	var identity struct{ Arn string }
	runCLI(t, w.srv, session, &identity, "sts", "get-caller-identity")
	if identity.Arn != w.ann.ARN() {
		t.Errorf("identity %+v", identity)
	}
	var assumed struct{ AssumedRoleUser struct{ Arn string } }
	runCLI(t, w.srv, session, &assumed, "sts", "assume-role", "--role-arn", w.role.ARN(), "--role-session-name", "cli")
	if !strings.HasSuffix(assumed.AssumedRoleUser.Arn, ":assumed-role/admin/cli") {
		t.Errorf("assumed %+v", assumed)
	}
	var devices struct {
		MFADevices []struct{ SerialNumber string }
	}
	runCLI(t, w.srv, session, &devices, "iam", "list-mfa-devices")
	if len(devices.MFADevices) != 1 || devices.MFADevices[0].SerialNumber != w.device.Serial() {
		t.Errorf("devices %+v", devices)
	}
}

func runCLI(t *testing.T, srv *Server, as creds, out any, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), debianCLI, append(args, "--endpoint-url", srv.URL(), "--output", "json")...)
	cmd.Env = []string{
		"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true", "AWS_DEFAULT_REGION=" + testRegion,
		"AWS_ACCESS_KEY_ID=" + as.id, "AWS_SECRET_ACCESS_KEY=" + as.secret, "AWS_SESSION_TOKEN=" + as.token,
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("aws %s: %v\n%s", args[1], err, stderr.Bytes())
	}
	if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
		t.Fatalf("aws %s: %v in %s", args[1], err, stdout.Bytes())
	}
}
