//go:build linux

package stories_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

const pod = "pod"

// cluster is a world in which tokens of an issuer assume the role of the profile pod.
type cluster struct {
	*world
	issuer *awstest.Issuer
	role   *awstest.Role
	file   string
}

func (w *world) inACluster() *cluster {
	w.Helper()
	c := &cluster{world: w, issuer: w.aws.Server.Issuer("https://oidc.example.com/cluster"), file: w.path("token")}
	w.aws.Account.TrustIssuer(c.issuer, "sts.amazonaws.com")
	c.role = w.aws.Account.Role("web", awstest.Trust{Issuer: c.issuer, Subject: "system:serviceaccount:prod:web", MaxSessionDuration: 4 * time.Hour})
	above := w.aws.Account.Role("deploy", awstest.Trust{Principals: []string{c.role.ARN()}})
	w.writeConfig(w.usual() + fmt.Sprintf(`
[profile %s]
region = eu-west-1
role_arn = %s
web_identity_token_file = %s

[profile deploy]
region = eu-west-1
role_arn = %s
source_profile = %[1]s

[profile ci]
region = eu-west-1
role_arn = %[5]s
credential_source = Environment

[profile lone]
region = eu-west-1
role_arn = %[2]s
`, pod, c.role.ARN(), c.file, above.ARN(), w.ownRole("ci", w.aws.Account.User("bob").ARN()).ARN()))
	c.issue(nil)
	return c
}

// ownRole is a role that somebody may assume.
func (w *world) ownRole(name, who string) *awstest.Role {
	return w.aws.Account.Role(name, awstest.Trust{Principals: []string{who}})
}

// issue writes a new token, and returns it.
func (c *cluster) issue(claims map[string]any) string {
	c.Helper()
	token := c.issuer.Token("system:serviceaccount:prod:web", "sts.amazonaws.com", claims)
	c.check(os.WriteFile(c.file, []byte(token), 0o600))
	c.check(os.Chown(c.file, c.uid, -1))
	return token
}

// anew runs a command after the sessions are gone.
func (c *cluster) anew(args ...string) outcome {
	c.Helper()
	c.must("clear")
	return c.run(args...)
}

const (
	asPod    = "arn:aws:sts::111111111111:assumed-role/web/"
	asDeploy = "arn:aws:sts::111111111111:assumed-role/deploy/"
)

// TestStoryWebIdentity: a profile whose role a token assumes is the same to AWS's own
// tools and to Vaultbar, by which all programs share one session.
func TestStoryWebIdentity(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	w := newWorld(t)
	w.behindAProxy()
	w.env = w.with("AWS_CA_BUNDLE=" + w.path("t", "ca.pem"))
	c := w.inACluster()
	w.everyProgramIs("by itself", pod, asPod)
	w.everyProgramIs("by itself", "deploy", asDeploy)

	w.add(plain, w.spare) // the keychain is open, and keeps sessions
	w.aws.Server.ResetCalls()
	for profile, who := range map[string]string{pod: asPod, "deploy": asDeploy} {
		w.export(profile)
		w.wantsRole(profile, who)
		if address := w.must("login", "--stdout", profile); !strings.Contains(address, "SigninToken=") {
			t.Errorf("login %s gives no address that signs in", profile)
		}
	}
	if n, m := w.aws.Server.CountOK("AssumeRoleWithWebIdentity"), w.aws.Server.CountOK("AssumeRole"); n != 1 || m != 1 {
		t.Errorf("%d sessions with the token, %d of the role above", n, m)
	}
	explained := w.must("explain", pod)
	if !strings.Contains(explained, c.file) {
		t.Errorf("explain does not name the file:\n%s", explained)
	}
	w.reads("explain, of questions", lineWith(explained, "asks for"))
	if got := w.export("--duration=4h", pod); time.Until(got.Expiration) < 3*time.Hour {
		t.Errorf("with --duration=4h it ends at %s", got.Expiration)
	}

	w.wantComplaint(w.run("export", "lone"), 3, "a role alone")
	w.env = w.with("AWS_WEB_IDENTITY_TOKEN_FILE="+filepath.Base(c.file), "AWS_ROLE_ARN="+"arn:aws:iam::111111111111:role/deploy", "AWS_ROLE_SESSION_NAME=build-7", "AWS_PROFILE=lone")
	inside := w.command("vaultbar", append([]string{"exec", "--"}, w.awsArgs("sts", "get-caller-identity")...)...)
	inside.Dir = filepath.Dir(c.file)
	if arn := w.arnIn(w.do(inside)); arn != asPod+"build-7" {
		t.Errorf("with a token in the environment it is %s", arn)
	}
	w.env = w.with("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_PROFILE")

	w.app().kill()
	w.check(os.Remove(c.file))
	w.export(pod)
	w.wantComplaint(c.anew("export", pod), 3, "the file is gone")
	c.issue(map[string]any{"exp": 1})
	w.wantComplaint(c.anew("export", pod), 7, "the token has expired")
	c.issue(nil)
	c.issuer.SetReachable(false)
	w.wantComplaint(c.anew("export", "deploy"), 8, "the issuer cannot be reached")
	c.issuer.SetReachable(true)
	w.wantComplaint(c.anew("export", "--duration=8h", pod), 7, "for too long")
	c.anew("export", pod)
}

// TestNoTokenIsTold: no web identity token is in any argument, log, error or file, nor
// what AWS gives for it.
func TestNoTokenIsTold(t *testing.T) {
	t.Parallel()
	testenv.Root(t) // to look at every process and file
	a := newAviary(t)
	f := newFakeBrowsers(a.world)
	c := a.inACluster()
	a.long = nil // the passphrase is in the environment of the app that is served here
	issue := func(claims map[string]any) {
		a.long = append(a.long, newCanary("web identity token", c.issue(claims)))
	}
	issue(nil)
	ended := a.serve(a.traced(f.app()))
	a.keep("the app", outcome{})
	for _, profile := range []string{pod, "deploy"} {
		a.verb(0, "", "export", profile)
		a.verb(0, "", "exec", profile, "--", "sh", "-c", "exec true")
		a.verb(0, "", "login", "--browser", "chromium", profile)
		a.verb(0, "", "open", "--profile", profile, "arn:aws:lambda:ap-northeast-1:111111111111:function:f")
	}
	a.knowKey("key of the environment", a.spare.ID(), a.spare.Secret().Reveal())
	keyless := a.env
	a.env = a.with("AWS_ACCESS_KEY_ID="+a.spare.ID(), "AWS_SECRET_ACCESS_KEY="+a.spare.Secret().Reveal())
	for _, args := range [][]string{{"export", "ci"}, {"exec", "ci", "--", "sh", "-c", "exec true"}, {"renew", "ci"}, {"login", "--browser", "chromium", "ci"}, {"explain", "ci"}} {
		a.verb(0, "", args...)
	}
	a.env = keyless
	for _, args := range [][]string{{"list", "--long"}, {"list", "--json"}, {"status", "--json"}, {"explain", pod}, {"renew", pod}} {
		a.verb(0, "", args...)
	}
	for _, fault := range faults() {
		a.verb(0, "", "clear")
		a.aws.Server.Fault(fault.of("", 0))
		a.try("export deploy", a.command("vaultbar", "export", "deploy"))
		a.aws.Server.ClearFaults()
	}
	a.verb(0, "", "clear")
	a.aws.Server.Fault(awstest.Fault{Kind: awstest.EchoBody500})
	a.verb(8, "", "export", pod)
	a.aws.Server.ClearFaults()
	for _, claims := range []map[string]any{{"exp": 1}, {"aud": "other"}, {"sub": "other"}, {"iss": "https://other.example.com"}} {
		issue(claims)
		a.verb(0, "", "clear")
		a.verb(7, "", "export", pod)
	}
	a.stop()
	ended()
	a.heedIssued(10)
	for i, run := range a.runs {
		if strings.HasPrefix(run.name, "export") {
			a.runs[i].carries = a.session
		}
	}
	a.listen()
}

// TestStoryMachine: the credentials that a machine has by itself, for the same profiles
// as AWS's own tools take them for.
func TestStoryMachine(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	w := newWorld(t)
	w.behindAProxy()
	w.env = w.with("AWS_CA_BUNDLE="+w.path("t", "ca.pem"), "AWS_EC2_METADATA_DISABLED=false", "AWS_EC2_METADATA_SERVICE_ENDPOINT="+w.aws.Server.URL()+"/")
	web := w.aws.Account.Role("web", awstest.Trust{})
	w.aws.Server.InstanceRole(web)
	w.writeConfig(w.usual() + fmt.Sprintf(`
[profile instance]
region = eu-west-1
role_arn = %s
credential_source = Ec2InstanceMetadata

[profile ci]
region = eu-west-1
role_arn = %s
credential_source = Environment

[profile task]
region = eu-west-1
role_arn = %[1]s
credential_source = EcsContainer
`, w.ownRole("above", web.ARN()).ARN(), w.ownRole("ci", w.aws.Account.User("bob").ARN()).ARN()))
	const asAbove, asCI = "arn:aws:sts::111111111111:assumed-role/above/", "arn:aws:sts::111111111111:assumed-role/ci/"
	w.everyProgramIs("by itself", "instance", asAbove)
	w.wantComplaint(w.run("export", "instance"), 5, "the instance is not trusted")
	w.stop()
	settings, err := os.ReadFile(w.path("h", ".config", "vaultbar", "settings.ini"))
	w.check(err)
	w.settings(string(settings) + "trusted_endpoints = " + w.aws.Server.URL() + "\n")
	w.wantsRole("instance", asAbove)

	w.wantComplaint(w.run("export", "ci"), 3, "no keys in the environment")
	keyless := w.env
	w.env = w.with("AWS_ACCESS_KEY_ID="+w.spare.ID(), "AWS_SECRET_ACCESS_KEY="+w.spare.Secret().Reveal())
	w.everyProgramIs("by itself", "ci", asCI)
	w.wantsRole("ci", asCI)
	w.must("renew", "ci")
	if address := w.must("login", "--stdout", "ci"); !strings.Contains(address, "SigninToken=") {
		t.Error("login gives no address that signs in")
	}
	w.env = keyless
	w.wantComplaint(w.run("export", "ci"), 3, "no keys any more")

	w.wantComplaint(w.run("export", "task"), 3, "no container")
	w.env = w.with("AWS_CONTAINER_CREDENTIALS_FULL_URI="+w.aws.Server.Container(web, "canary"), "AWS_CONTAINER_AUTHORIZATION_TOKEN=canary")
	w.everyProgramIs("by itself", "task", asAbove)
	w.wantComplaint(w.run("export", "task"), 5, "the container is not trusted")
	line := regexp.MustCompile(`trusted_endpoints = .+`).FindString(w.run("export", "task").stderr)
	w.stop()
	w.settings(string(settings) + line + "\n")
	w.wantsRole("task", asAbove)
	w.reads("explain", lineWith(w.must("explain", "instance"), "Ec2InstanceMetadata"))
}

// wantsRole uses a profile through Vaultbar, which must give the role.
func (w *world) wantsRole(profile, who string) {
	w.Helper()
	line := append([]string{"exec", profile, "--"}, w.awsArgs("sts", "get-caller-identity")...)
	if arn := w.arnIn(w.run(line...)); !strings.HasPrefix(arn, who) {
		w.Errorf("exec %s is %s", profile, arn)
	}
}
