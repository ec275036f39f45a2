package aws

import (
	"regexp"
	"strings"
	"testing"
)

var (
	arnShape  = regexp.MustCompile(`^arn:(aws(?:-[a-z]{1,8}){0,2}):([a-z0-9-]{1,40}):([a-z0-9-]{0,30}):(\d{12}|aws)?:([\x21-\x7e]+)$`)
	roleShape = regexp.MustCompile(`^role/(?:[\x21-\x7e]+/)?([\w+=,.@-]{1,64})$`)
)

// FuzzARN holds the hand-written reading to what AWS's documentation says of the
// shapes.
func FuzzARN(f *testing.F) {
	for _, text := range []string{
		"arn:aws:iam::111111111111:role/admin", "arn:aws-us-gov:iam::111111111111:role/a/b/admin",
		"arn:aws:iam::111111111111:mfa/ann", "arn:aws:iam::111111111111:u2f/user/ann/key",
		"arn:aws:iam::111111111111:role//admin", "arn:aws:iam::111111111111:role/a//admin", "arn:aws:iam::111111111111:role/",
		"arn:aws-:iam::111111111111:role/admin", "arn:aws:iam::11111111111x:role/admin", "arn:aws:iam::111111111111:role/ad min",
		"arn:aws:iam::111111111111:role/admin\n", "arn:aws:iam::111111111111:rôle/admin", "arn:aws:sts::111111111111:role/admin", "",
		"arn:aws:s3:::bucket", "arn:aws-a-b-c:iam::111111111111:role/x", "arn:aws:ec2:eu-west-1:111111111111:instance/i-1", "arn:aws:iam::aws:policy/x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want ARN
		m := arnShape.FindStringSubmatch(text)
		if m != nil && len(text) > maxARN {
			m = nil
		}
		if m != nil {
			want = ARN{m[1], m[2], m[3], strings.TrimPrefix(m[4], "aws"), m[5]}
		}
		if got, ok := ParseARN(text); got != want || ok != (m != nil) {
			t.Errorf("%q: got %v, %t; want %v", text, got, ok, want)
		}
		name := ""
		if r := roleShape.FindStringSubmatch(want.Resource); r != nil && want.Service == "iam" && want.Region == "" && want.Account != "" {
			name = r[1]
		}
		if _, got, ok := ParseRole(text); got != name || ok != (name != "") {
			t.Errorf("%q: got the role %q, %t; want %q", text, got, ok, name)
		}
	})
}

func TestParseARN(t *testing.T) {
	cases := []struct {
		text string
		ok   bool
		want ARN
	}{
		{"arn:aws:iam::111111111111:role/path/admin", true, ARN{"aws", "iam", "", "111111111111", "role/path/admin"}},
		{"arn:aws:sts::111111111111:assumed-role/admin/ann", true, ARN{"aws", "sts", "", "111111111111", "assumed-role/admin/ann"}},
		{"arn:aws-us-gov:sts::111111111111:federated-user/ann", true, ARN{"aws-us-gov", "sts", "", "111111111111", "federated-user/ann"}},
		{"arn:aws-cn:iam::111111111111:user/ann", true, ARN{"aws-cn", "iam", "", "111111111111", "user/ann"}},
		{"arn:aws:iam::111111111111:root", true, ARN{"aws", "iam", "", "111111111111", "root"}},
		{"arn:aws:iam::aws:policy/AdministratorAccess", true, ARN{"aws", "iam", "", "", "policy/AdministratorAccess"}},
		{"arn:aws:s3:::bucket", true, ARN{"aws", "s3", "", "", "bucket"}},
		{"arn:aws:iam::1111:user/ann", false, ARN{}},
		{"arn:evil:iam::111111111111:user/ann", false, ARN{}},
		{"arn:aws:iam::111111111111:user/a b", false, ARN{}},
		{"arn:aws:iam::111111111111:", false, ARN{}},
		{"", false, ARN{}},
	}
	for _, c := range cases {
		if a, ok := ParseARN(c.text); ok != c.ok || a != c.want {
			t.Errorf("%s: got %+v, %v", c.text, a, ok)
		}
	}
}
