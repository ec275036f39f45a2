//go:build linux

package stories_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// A profile whose line calls aws-vault, or Vaultbar, for another one is that other
// one, to us and to AWS's tools, before and after setup; undo gives back the line.
func TestAnAliasIsAProfile(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	w := newWorld(t)
	second := w.aws.Account.Role("second", awstest.Trust{Principals: []string{w.aws.Role.ARN()}})
	config := w.aws.Config() + fmt.Sprintf(`
[profile tf]
credential_process = aws-vault export --format=json %[1]s   ; for Terraform
region = eu-west-1

[profile tf-ours]
credential_process = vaultbar export --format=json tf

[profile above]
role_arn = %[2]s
source_profile = tf
region = eu-west-1

[profile nothing]
credential_process = aws-vault export --format=json %[3]s

[profile %[3]s]
region = eu-west-1

[profile loop]
credential_process = vaultbar export --format=json pool
[profile pool]
credential_process = aws-vault export --format=json loop
`, hoge, second.ARN(), plain)
	w.writeConfig(config)
	w.add(bastion, w.aws.Key)
	before, err := os.ReadFile(w.configFile())
	w.check(err)
	w.signIn("tf")
	role := w.export(hoge)
	for _, alias := range []string{"tf", "tf-ours"} {
		if got := w.export(alias); got.AccessKeyID != role.AccessKeyID {
			t.Errorf("%s is not %s", alias, hoge)
		}
		w.reads("explain "+alias, lineWith(w.must("explain", alias), "is an alias of"))
	}
	w.export("above")
	if list := w.must("list"); !strings.Contains(list, "→ "+hoge) || !strings.Contains(list, "→ tf") {
		t.Errorf("list has no arrow:\n%s", list)
	}
	w.wantComplaint(w.run("export", "--format=json", "loop"), 1, "loop")
	w.wantComplaint(w.run("export", "--format=json", "nothing"), 3, "no key")
	w.wantComplaint(w.run("setup", "--yes", "nothing"), 3, "setup without a key")

	w.must("setup", "--yes", "tf")
	text, err := os.ReadFile(w.configFile())
	w.check(err)
	line := "credential_process = " + built().path("vaultbar") + " export --format=json " + hoge + "\n"
	if !strings.Contains(string(text), line) || !strings.Contains(string(text), "# before vaultbar setup: credential_process = aws-vault") {
		t.Errorf("setup wrote\n%s", text)
	}
	w.everyProgramIs("after setup", "tf", "arn:aws:sts::111111111111:assumed-role/hoge/")
	w.export("above")
	if calls := len(w.aws.Server.AcceptedCodes()); calls != 1 {
		t.Errorf("%d codes were used", calls)
	}
	w.must("setup", "--yes", "--undo", "tf")
	if after, _ := os.ReadFile(w.configFile()); string(after) != string(before) {
		t.Errorf("setup and its undo leave\n%s\nof\n%s", after, before)
	}
}

// AWS's tools take names of every script, in the line and from its path.
func TestNamesOfEveryScript(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	w := newWorld(t)
	const name, above = "本番-管理者", "читатель"
	bob := w.aws.Account.User("bob").ARN()
	role := w.aws.Account.Role("reader", awstest.Trust{Principals: []string{bob}})
	w.writeConfig(fmt.Sprintf("[profile %s]\nrole_arn = %s\nsource_profile = %s\nregion = eu-west-1\n", above, role.ARN(), name))
	w.add(name, w.spare, "--region", "eu-west-1")
	folder := w.path("h", "ビン ö")
	w.check(os.Mkdir(folder, 0o755))
	w.check(os.Symlink(built().path("vaultbar"), folder+"/vaultbar"))
	cmd := w.command("vaultbar", "setup", "--yes", name)
	cmd.Args[0] = folder + "/vaultbar"
	if got := w.do(cmd); got.code != 0 {
		t.Fatalf("setup: exit code %d\n%s", got.code, got.stderr)
	}
	text, err := os.ReadFile(w.configFile())
	w.check(err)
	if line := `credential_process = "` + folder + `/vaultbar" export --format=json ` + name + "\n"; !strings.Contains(string(text), line) {
		t.Fatalf("setup wrote\n%s", text)
	}
	w.env = w.with("LC_ALL=C") // as a cron job has it
	w.everyProgramIs("after setup", name, bob)
	w.export(above)
}
