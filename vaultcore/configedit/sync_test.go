package configedit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

const syncedText = `# mine
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1

[profile hand]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = Admin
`

var corp = vaultcore.SignIn{Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-west-1"}

// synced is a profile as sync wants it.
func synced(name, account string, in vaultcore.SignIn) vaultcore.Profile {
	return vaultcore.Profile{Name: name, Region: "eu-west-1", Source: vaultcore.Source{Kind: vaultcore.SSOSource, Account: account, Role: "Admin", SignIn: in}}
}

// configFile is a file that holds a text.
func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// synchronize makes a change of a text, and returns what the file holds then.
func synchronize(t *testing.T, text string, s Sync) (string, Change) {
	t.Helper()
	path := configFile(t, text)
	change, _, err := PlanSync(path, func(vaultcore.Profiles) (Sync, error) { return s, nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := change.Apply(); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(written), change
}

// TestSyncAndBack: profiles are added at the end and read as they are meant; taken out
// again, the file is as it was.
func TestSyncAndBack(t *testing.T) {
	legacy := vaultcore.SignIn{StartURL: "https://old.awsapps.com/start", Region: "us-east-1"}
	add := []vaultcore.Profile{synced("prod-Admin", "222222222222", corp), synced("本番-Admin", "333333333333", legacy)}
	for name, text := range map[string]string{
		"usual": syncedText, "no end": strings.TrimSuffix(syncedText, "\n"), "windows": strings.ReplaceAll(syncedText, "\n", "\r\n"),
		"comment at the end": syncedText + "# more\n",
	} {
		t.Run(name, func(t *testing.T) {
			written, _ := synchronize(t, text, Sync{Add: add})
			if !strings.HasPrefix(written, text) {
				t.Errorf("other lines have changed:\n%s", written)
			}
			config, err := awsconfig.Parse("x", []byte(written))
			if err != nil || len(config.Faults) > 0 {
				t.Fatalf("%v %v", err, config.Faults)
			}
			for _, want := range add {
				got, ok := config.Profiles.Get(want.Name)
				if !ok || !got.Synced || got.Source.SignIn != want.Source.SignIn || got.Source.Account != want.Source.Account || got.Err != nil {
					t.Errorf("%+v", got)
				}
			}
			if hand, _ := config.Profiles.Get("hand"); hand.Synced {
				t.Error("a foreign profile bears the mark")
			}
			back, _ := synchronize(t, written, Sync{Remove: []string{"本番-Admin", "prod-Admin"}})
			if back != text {
				t.Errorf("taken out again:\n%q\nwant\n%q", back, text)
			}
		})
	}
}

// TestSyncLeaves: what a person has put their hand to stays, and is told.
func TestSyncLeaves(t *testing.T) {
	mark := "vaultbar_sso_sync = yes\n"
	section := "\n[profile gone]\nsso_session = corp\nsso_account_id = 222222222222\nsso_role_name = Admin\nregion = us-east-2\n" + mark
	for name, text := range map[string]string{
		"a setting":        section + "output = json\n",
		"a comment":        strings.Replace(section, mark, "# mine\n"+mark, 1),
		"a comment behind": strings.Replace(section, "us-east-2\n", "us-east-2 # mine\n", 1),
		"in the header":    strings.Replace(section, "gone]", "gone] # mine", 1),
		"another section":  section + "[profile gone]\ncli_pager =\n",
		"source_profile":   section + "[profile up]\nrole_arn = arn:aws:iam::333333333333:role/x\nsource_profile = gone\n",
		"include_profile":  section + "[profile up]\ninclude_profile = gone\n",
		"an alias":         section + "[profile up]\ncredential_process = vaultbar export --format=json gone\n",
	} {
		t.Run(name, func(t *testing.T) {
			written, change := synchronize(t, syncedText+text, Sync{Remove: []string{"gone"}})
			if written != syncedText+text {
				t.Errorf("%q\n%s", change.Notes, change.Diff)
			}
			golden.Message(t, "", strings.Join(change.Notes, "\n"))
		})
	}
	if written, change := synchronize(t, syncedText+section, Sync{Remove: []string{"gone"}}); written != syncedText || len(change.Notes) != 0 {
		t.Errorf("%q\n%s", change.Notes, written)
	}
}

// TestSyncRefuses what AWS's tools would read as something else.
func TestSyncRefuses(t *testing.T) {
	other := corp
	other.Region = "us-east-1"
	unsaid := vaultcore.SignIn{Session: "gone", StartURL: "https://gone.awsapps.com/start", Region: "eu-west-1"}
	failed := errors.New("decided so")
	path := configFile(t, syncedText)
	for name, test := range map[string]struct {
		wanted Sync
		err    error
		want   error
	}{
		"a name that is there": {Sync{Add: []vaultcore.Profile{synced("hand", "222222222222", corp)}}, nil, vaultcore.ErrRequest},
		"a name with a quote":  {Sync{Add: []vaultcore.Profile{synced(`a"b`, "222222222222", corp)}}, nil, vaultcore.ErrRequest},
		"another region":       {Sync{Add: []vaultcore.Profile{synced("a", "222222222222", other)}}, nil, vaultcore.ErrRequest},
		"no such session":      {Sync{Add: []vaultcore.Profile{synced("a", "222222222222", unsaid)}}, nil, vaultcore.ErrConfig},
		"decided so":           {Sync{}, failed, failed},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := PlanSync(path, func(vaultcore.Profiles) (Sync, error) { return test.wanted, test.err })
			if !errors.Is(err, test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestSyncOfACompany is quick enough for 2,100 profiles.
func TestSyncOfACompany(t *testing.T) {
	var add []vaultcore.Profile
	var names []string
	for i := range 2100 {
		add = append(add, synced(fmt.Sprintf("team-%d-Admin", i), fmt.Sprintf("%012d", i), corp))
		names = append(names, add[i].Name)
	}
	written, _ := synchronize(t, syncedText, Sync{Add: add})
	if back, _ := synchronize(t, written, Sync{Remove: names}); back != syncedText {
		t.Error("taken out again, the file is another")
	}
}
