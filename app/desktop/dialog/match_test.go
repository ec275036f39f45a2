package dialog

import (
	"fmt"
	"slices"
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
	{Name: "my-prod", Account: "444444444444", Role: "deploy"},
	{Name: "本番環境", Account: "555555555555", Role: "管理"},
}

func TestMatch(t *testing.T) {
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
		for _, p := range Match(profiles, query) {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

func TestProfileRows(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	rows := profileRows([]vaultcore.ProfileState{
		{Name: "a\nb"},
		{Name: "prod", Account: "222222222222", Role: "admin", State: vaultcore.StateActive, Expires: now.Add(52 * time.Minute)},
	}, now)
	want := [][]string{{"○ ab", "", "", "", ""}, {"● prod", "admin", "222222222222", "", "52 min"}}
	if !slices.EqualFunc(rows, want, slices.Equal[[]string]) {
		t.Errorf("got %q, want %q", rows, want)
	}
	if len(rows[0]) != len(profileHeads) {
		t.Errorf("%d headings for %d cells", len(profileHeads), len(rows[0]))
	}
}

func TestTableIsNarrowed(t *testing.T) {
	all := Table{Rows: [][]string{{"Lambda", "lambda"}, {"EC2", "ec2"}, {"EC2 Image Builder", "imagebuilder"}}}
	for query, want := range map[string][]int{
		"": {0, 1, 2}, "EC": {1, 2}, "build ec2": {2}, "LAMBDA": {0}, "nothing": nil, "lambdalambda": nil,
	} {
		narrow, places := all.narrowed(query)
		if !slices.Equal(places, want) || len(narrow.Rows) != len(want) {
			t.Errorf("%q: got %v, want %v", query, places, want)
		}
	}
}

func TestWithoutIDs(t *testing.T) {
	for text, want := range map[string]string{
		"arn:aws:iam::111111111111:mfa/ann":                                      "…/ann",
		"User: arn:aws:iam::111111111111:user/ann is not authorized":             "User: …/ann is not authorized",
		"on resource: arn:aws:iam::222222222222:role/admin.":                     "on resource: …/admin.",
		"arn:aws:iam::111111111111:root, arn:aws-cn:sts::1:assumed-role/a/ses.x": "…/root, …/ses.x",
		"AdministratorAccess-111122223333":                                       "AdministratorAccess-…3333",
		"arn:aws:organizations::1:account/o-1/111122223333":                      "…/…3333",
		"AKIAIOSFODNN7EXAMPLE":                                                   "…MPLE",
		"prod-admin in 14 min":                                                   "prod-admin in 14 min",
	} {
		if got := withoutIDs(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if private(withoutIDs(text)) {
			t.Errorf("%q still tells too much", withoutIDs(text))
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	var many []vaultcore.ProfileState
	for i := range 1000 {
		many = append(many, vaultcore.ProfileState{Name: fmt.Sprintf("profile-%04d", i), Account: fmt.Sprintf("%012d", i), Role: "admin"})
	}
	for b.Loop() {
		Match(many, "profile-0999")
	}
}

func TestSixDigits(t *testing.T) {
	for text, want := range map[string]string{
		"123456": "123456", "123 456": "123456", "１２３４５６": "123456", " 123456 ": "123456", "12\u3000345６": "123456",
		"12345": "", "1234567": "", "12345a": "", "": "", "١٢٣٤٥٦": "",
	} {
		got, ok := sixDigits(text)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: got %q, %v", text, got, ok)
		}
	}
}
