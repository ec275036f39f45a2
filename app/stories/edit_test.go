//go:build linux

package stories_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// savings are the ways in which programs save the config file.
var savings = map[string]func(path, text string) error{
	"in place": func(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) },
	"renamed": func(path, text string) error {
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			return err
		}
		return os.Rename(path+".new", path)
	},
}

// An edit counts for the next command: after each of a hundred in each way, the
// role is the one that the file names.
func TestAnEditCountsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(plain, w.spare)
	trust := awstest.Trust{Principals: []string{w.aws.Account.User("bob").ARN()}}
	config := func(role string) string {
		return fmt.Sprintf("[profile %s]\nregion = eu-central-1\n[profile r]\nrole_arn = %s\nsource_profile = %s\n", plain, role, plain)
	}
	roles, ids := []string{"dev-admin", "dev-bob12"}, map[string]string{} // names of one length: the size tells nothing
	for i, name := range roles {
		roles[i] = w.aws.Account.Role(name, trust).ARN()
		w.check(savings["renamed"](w.configFile(), config(roles[i])))
		ids[roles[i]] = w.export("r").AccessKeyID
	}
	if ids[roles[0]] == ids[roles[1]] {
		t.Fatal("the first edit was not seen")
	}
	for name, save := range savings {
		for i := range 100 {
			role := roles[i%2]
			w.check(save(w.configFile(), config(role)))
			if got := w.export("r"); got.AccessKeyID != ids[role] {
				t.Fatalf("%s: the role of before is handed out after edit %d", name, i)
			}
		}
	}
	for i := range 10 {
		f, err := os.OpenFile(w.configFile(), os.O_APPEND|os.O_WRONLY, 0o600)
		w.check(err)
		added := fmt.Sprintf("added%d", i)
		_, err = fmt.Fprintf(f, "[profile %s]\nsource_profile = r\n", added)
		w.check(err)
		w.check(f.Close())
		w.export(added)
	}
}

// Another region costs no code: the session with MFA and the role above it work in
// all of them. Those of another partition are others.
func TestAnotherRegionKeepsSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	w.signIn(hoge)
	session, role := w.export(bastion).AccessKeyID, w.export(hoge).AccessKeyID
	w.aws.Server.ResetCalls()
	text := w.aws.Config()
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		w.check(os.WriteFile(w.configFile(), []byte(strings.ReplaceAll(text, "ap-northeast-1", region)), 0o600))
		if got := w.must("export", "--format=env", hoge); !strings.Contains(got, "AWS_REGION="+region+"\n") {
			t.Errorf("the region is not %s", region)
		}
		if w.export(bastion).AccessKeyID != session || w.export(hoge).AccessKeyID != role {
			t.Errorf("sessions were made anew for %s", region)
		}
	}
	if calls := w.aws.Server.Count(""); calls != 0 {
		t.Errorf("AWS was asked %d times", calls)
	}
	w.check(os.WriteFile(w.configFile(), []byte(strings.ReplaceAll(text, "ap-northeast-1", "cn-north-1")), 0o600))
	if list := w.must("list"); strings.Contains(list, "sts.") {
		t.Errorf("another partition shares the sessions:\n%s", list)
	}
}
