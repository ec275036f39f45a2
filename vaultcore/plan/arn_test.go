package plan

import (
	"regexp"
	"testing"
)

var (
	iamARN       = regexp.MustCompile(`^arn:(aws(?:-[a-z]+)*):iam::(\d{12}):([\x21-\x7e]+)$`)
	roleResource = regexp.MustCompile(`^role/(?:[\x21-\x7e]+/)?([\w+=,.@-]{1,64})$`)
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
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want arn
		m := iamARN.FindStringSubmatch(text)
		if m != nil {
			want = arn{m[1], m[2], m[3]}
		}
		if got, ok := parseARN(text); got != want || ok != (m != nil) {
			t.Errorf("%q: got %v, %t; want %v", text, got, ok, want)
		}
		name := ""
		if r := roleResource.FindStringSubmatch(want.resource); r != nil {
			name = r[1]
		}
		if _, got, ok := parseRole(text); got != name || ok != (name != "") {
			t.Errorf("%q: got the role %q, %t; want %q", text, got, ok, name)
		}
	})
}
