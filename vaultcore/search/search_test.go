package search

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

var profiles = []vaultcore.ProfileState{
	{Name: "bastion", Account: "111111111111"},
	{Name: "prod-admin", Account: "222222222222", Role: "admin", Region: "ap-northeast-1"},
	{Name: "prod-admin-2", Account: "333333333333", Role: "admin"},
	{Name: "prod-read", Account: "222222222222", Role: "AWSReservedSSO_ReadOnly_0123456789abcdef"},
	{Name: "my-prod", Account: "444444444444", AccountName: "Acme Payments", Role: "deploy"},
	{Name: "本番環境", Account: "555555555555", Role: "管理"},
}

func TestProfiles(t *testing.T) {
	for query, want := range map[string]string{
		"":                                     "bastion prod-admin prod-admin-2 prod-read my-prod 本番環境",
		"bastion":                              "bastion",
		"BAST":                                 "bastion",
		"prod":                                 "prod-admin prod-admin-2 prod-read my-prod",
		"prod-admin":                           "prod-admin",
		"admin prod":                           "prod-admin prod-admin-2",
		"admin 222222":                         "prod-admin",
		"222222222222":                         "prod-admin prod-read",
		" 2222-2222-2222 ":                     "prod-admin prod-read",
		"本番":                                   "本番環境",
		"tokyo":                                "",
		"payments acme":                        "my-prod",
		"ap-northeast-1":                       "prod-admin",
		"arn:aws:iam::222222222222:role/admin": "prod-admin",
		"arn:aws:iam::222222222222:role/some/path/admin":                                              "prod-admin",
		"arn:aws:sts::333333333333:assumed-role/admin/session":                                        "prod-admin-2",
		"arn:aws:iam::111111111111:user/ann":                                                          "bastion",
		"arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/ReadOnly":                      "prod-read",
		"arn:aws:iam::999999999999:role/admin":                                                        "",
		"arn:nonsense":                                                                                "",
		"https://222222222222.signin.aws.amazon.com/console":                                          "prod-admin prod-read",
		"https://222222222222-abcd1234.us-east-1.console.aws.amazon.com/ec2/home?region=us-east-1":    "prod-admin prod-read",
		"https://signin.aws.amazon.com/switchrole?account=222222222222&roleName=admin&displayName=x":  "prod-admin",
		"https://d-1234567890.awsapps.com/start/#/console?account_id=222222222222&role_name=ReadOnly": "prod-read",
		"https://console.aws.amazon.com/iam/home#/roles/x?arn=arn:aws:iam::444444444444:role/deploy":  "my-prod",
		"https://my-prod.signin.aws.amazon.com/console":                                               "my-prod",
		"https://console.aws.amazon.com/":                                                             "",
	} {
		var names []string
		for _, p := range Profiles(profiles, query) {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

func BenchmarkProfiles(b *testing.B) {
	var many []vaultcore.ProfileState
	for i := range 1000 {
		many = append(many, vaultcore.ProfileState{Name: fmt.Sprintf("profile-%04d", i), Account: fmt.Sprintf("%012d", i), Role: "admin"})
	}
	for b.Loop() {
		Profiles(many, "profile-0999")
	}
}

// TestPicked holds that a line that a launcher shows leads back to its profile,
// whatever it does to white space, and also when time has passed.
func TestPicked(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	all := append([]vaultcore.ProfileState{
		{Name: "my", Account: "444444444444", State: vaultcore.StateActive, Expires: now.Add(time.Hour)},
		{Name: "my own", Role: "x"}, {Name: "bare"}, {Name: "a\tb\x1b", Wants: "key"},
	}, profiles...)
	for _, p := range all {
		line := strings.Join(Row(p, now), "\t")
		if strings.Count(line, "\t") != len(Heads)-1 {
			t.Errorf("%q has other fields", line)
		}
		for _, shown := range []string{line, strings.Join(strings.Fields(line), "  "), line + "\t59 min"} {
			if got, ok := Picked(all, shown); !ok || got.Name != p.Name {
				t.Errorf("%q: got %q", shown, got.Name)
			}
		}
	}
	for _, other := range []string{"", "bare", "● ", "● nosuch", "x bare", "● my 111111111111"} {
		if got, ok := Picked(all, other); ok {
			t.Errorf("%q: got %q", other, got.Name)
		}
	}
}
