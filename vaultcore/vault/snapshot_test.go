package vault

import (
	"fmt"
	"os"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// What a profile needs, and whose account it is where that is known without.
func TestWhatAProfileNeeds(t *testing.T) {
	s, _ := newVault(t, inMemory)
	const config = `
[profile signs-in]
sso_start_url = https://acme.awsapps.com/start
sso_region = us-east-1
sso_account_id = 333333333333
sso_role_name = ReadOnly
[profile logs-in]
login_session = arn:aws:iam::444444444444:user/ann
[profile above]
role_arn = arn:aws:iam::555555555555:role/x
source_profile = signs-in
[profile lab]
role_arn = arn:aws:iam::555555555555:role/x
source_profile = signs-in
endpoint_url = http://127.0.0.1:4566
[profile keyless]
region = eu-west-1
[profile broken]
source_profile = nowhere
role_arn = arn:aws:iam::555555555555:role/x
`
	if err := os.WriteFile(s.paths.Config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.liveConfig(t.Context()).Reload()
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]vaultcore.ProfileState)
	for _, p := range snapshot.Profiles {
		got[p.Name] = vaultcore.ProfileState{Name: p.Name, Account: p.Account, Role: p.Role, ARN: p.ARN, Wants: p.Wants, Endpoints: p.Endpoints}
		if broken := p.Name == "broken"; broken != (p.Err != "") {
			t.Errorf("%s says %q", p.Name, p.Err)
		}
	}
	for _, want := range []vaultcore.ProfileState{
		{Name: "signs-in", Account: "333333333333", Role: "ReadOnly"},
		{Name: "logs-in", Account: "444444444444", ARN: "arn:aws:iam::444444444444:user/ann"},
		{Name: "above", Account: "555555555555", Role: "x", ARN: "arn:aws:iam::555555555555:role/x"},
		{Name: "lab", Account: "555555555555", Role: "x", ARN: "arn:aws:iam::555555555555:role/x", Endpoints: []string{"http://127.0.0.1:4566"}},
		{Name: "keyless", Wants: "keyless"},
		{Name: "broken", Account: "555555555555", Role: "x", ARN: "arn:aws:iam::555555555555:role/x"},
	} {
		if fmt.Sprint(got[want.Name]) != fmt.Sprint(want) {
			t.Errorf("%s is %+v", want.Name, got[want.Name])
		}
	}
	if _, ok := snapshot.Settings["lock_on_screen_lock"]; !ok {
		t.Error("the lock with the screen is not offered")
	}
	s.desktop.(*fakeDesktop).blind = true
	if snapshot, err = s.Snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := snapshot.Settings["lock_on_screen_lock"]; ok {
		t.Error("the lock with the screen is offered where nobody tells of it")
	}
}
