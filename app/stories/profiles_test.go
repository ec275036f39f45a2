//go:build linux

package stories_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// Debian's own programs, whatever else is in PATH.
const (
	debianAWS    = "/usr/bin/aws"
	debianPython = "/usr/bin/python3"
)

// awsArgs is Debian's AWS command line; it is too old for AWS_ENDPOINT_URL.
func (w *world) awsArgs(args ...string) []string {
	return append([]string{debianAWS, "--no-cli-pager", "--endpoint-url", w.aws.Server.URL(), "--output", "json"}, args...)
}

// arnIn reads the identity that GetCallerIdentity printed.
func (w *world) arnIn(got outcome) string {
	w.Helper()
	var identity struct{ Arn string }
	if got.code != 0 {
		w.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	if err := json.Unmarshal([]byte(got.stdout), &identity); err != nil {
		w.Fatalf("%v in %q\n%s", err, got.stdout, got.stderr)
	}
	return identity.Arn
}

const boto3Program = `
import boto3, json, sys
sts = boto3.Session(profile_name=sys.argv[1]).client("sts", endpoint_url=sys.argv[2])
print(json.dumps({"Arn": sts.get_caller_identity()["Arn"]}))
`

// askSTSWithTheSDK is a program that uses AWS's SDK for Go as any other does.
func askSTSWithTheSDK(args []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(args[0]))
	if err != nil {
		return err
	}
	identity, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	_, _ = fmt.Fprintf(out, "{\"Arn\":%q}\n", *identity.Arn)
	return out.Flush()
}

// everyProgramAsks uses the profile with the key through credential_process.
func (w *world) everyProgramAsks(when string) {
	w.Helper()
	w.everyProgramIs(when, bastion, w.aws.User.ARN())
}

// everyProgramIs uses a profile with AWS's command line, boto3 and the SDK for Go,
// none of which has a terminal. Who is the beginning of the ARN that each must have.
func (w *world) everyProgramIs(when, profile, who string) {
	w.Helper()
	line := w.awsArgs("--profile", profile, "sts", "get-caller-identity")
	boto3 := w.command(debianPython, "-c", boto3Program, profile, w.aws.Server.URL())
	sdk := w.command(os.Args[0], profile)
	sdk.Env = w.with(roleVariable + "=sdk")
	for program, cmd := range map[string]*exec.Cmd{"aws": w.command(line[0], line[1:]...), "boto3": boto3, "aws-sdk-go-v2": sdk} {
		if arn := w.arnIn(w.do(cmd)); !strings.HasPrefix(arn, who) {
			w.Errorf("%s, %s with profile %s is %s", when, program, profile, arn)
		}
	}
}

// execRole runs aws as the role on a terminal, where nothing must be asked.
func (w *world) execRole(when string) {
	w.Helper()
	got := w.do(w.command("vaultbar", append([]string{"exec", hoge, "--"}, w.awsArgs("sts", "get-caller-identity")...)...))
	if arn := w.arnIn(got); !strings.Contains(arn, ":assumed-role/hoge/") {
		w.Errorf("%s, exec is %s", when, arn)
	}
	if got.stderr != "" {
		w.Errorf("%s, exec said %q", when, got.stderr)
	}
}

func needTheirPrograms(t *testing.T) {
	t.Helper()
	testenv.Program(t, debianAWS, "awscli")
	if err := newCommand(t, debianPython, "-c", "import boto3").Run(); err != nil {
		testenv.That(t, false, "boto3 (Debian's package python3-boto3)")
	}
}

func TestTwoProfilesAskOnce(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	w := newWorld(t)
	w.add(bastion, w.aws.Key)

	first := w.sit(w.command("vaultbar", append([]string{"exec", hoge, "--"}, w.awsArgs("sts", "get-caller-identity")...)...))
	first.expect("MFA code for " + bastion + " (" + w.aws.MFA.Serial() + "): ")
	first.answer(w.code())
	if code := first.wait(); code != 0 || first.asked() != 1 || !strings.Contains(first.all(), ":assumed-role/hoge/") {
		t.Fatalf("exit code %d, and the terminal shows:\n%s", code, first.all())
	}
	again := w.sit(w.command("vaultbar", append([]string{"exec", hoge, "--"}, w.awsArgs("sts", "get-caller-identity")...)...))
	if code := again.wait(); code != 0 || again.asked() != 0 {
		t.Errorf("the second time: exit code %d, and the terminal shows:\n%s", code, again.all())
	}
	w.everyProgramAsks("with the line of the README")
	w.must("setup", "--yes", bastion)
	if text, _ := os.ReadFile(w.configFile()); !bytes.Contains(text, []byte("credential_process = "+built().path("vaultbar")+" export --format=json "+bastion)) {
		t.Errorf("setup wrote no line with the absolute path:\n%s", text)
	}
	w.everyProgramAsks("after setup")

	w.stop()
	w.execRole("after a stop")
	w.export(bastion)
	w.app().kill()
	w.execRole("after a crash")
	w.export(bastion)

	list := w.must("list")
	if !strings.Contains(list, "sts.GetSessionToken:") || !strings.Contains(list, "sts.AssumeRole:") {
		t.Errorf("list lacks a session:\n%s", list)
	}
	srv := w.aws.Server
	if n, codes := srv.Count("GetSessionToken"), len(srv.AcceptedCodes()); n != 1 || codes != 1 {
		t.Errorf("GetSessionToken was called %d times and %d codes were used, one of each is enough", n, codes)
	}
}

// What somebody used to aws-vault does after `vaultbar setup` of a role: the
// role stays AWS's own, its source is set up, and undo takes the line out.
func TestSetupOfARoleAndBack(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	w := newWorld(t)
	config := strings.ReplaceAll(w.aws.Config(), "credential_process = vaultbar export --format=json bastion-system\n", "")
	w.writeConfig("# mine\r\n" + config)
	w.add(bastion, w.aws.Key)
	before, _ := os.ReadFile(w.configFile())
	w.signIn(hoge)
	got := w.do(w.command("vaultbar", "setup", "--yes", hoge))
	if got.code != 0 || !strings.Contains(got.stderr, bastion) || !strings.Contains(got.stdout, "+credential_process") {
		t.Errorf("setup: exit code %d, %s%s", got.code, got.stdout, got.stderr)
	}
	w.everyProgramAsks("after setup of the role")
	w.must("setup", "--yes", "--undo", hoge)
	if after, _ := os.ReadFile(w.configFile()); !bytes.Equal(before, after) {
		t.Errorf("setup and its undo leave\n%q\nof\n%q", after, before)
	}
}
