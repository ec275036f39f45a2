package vaultcore

import "testing"

func TestReached(t *testing.T) {
	corp := Source{Kind: SSOSource, Account: "111111111111", Role: "Admin", SignIn: SignIn{Session: "corp"}}
	other := corp
	other.SignIn.Session = "again"
	profiles := NewProfiles([]Profile{
		{Name: "base"}, {Name: "above", SourceProfile: "base"}, {Name: "itself", SourceProfile: "itself"},
		{Name: "role", RoleARN: "arn:aws:iam::111111111111:role/x", SourceProfile: "base"},
		{Name: "copy", RoleARN: "arn:aws:iam::111111111111:role/x", SourceProfile: "itself", Region: "eu-west-1"},
		{Name: "alias", Alias: Alias{Profile: "role"}}, {Name: "through", SourceProfile: "role"},
		{Name: "sso", Source: corp}, {Name: "sso-again", Source: other}, {Name: "process", Source: Source{Kind: "process", Value: "okta"}},
	})
	same := [][]string{{"base", "above"}, {"itself"}, {"role", "copy", "alias", "through"}, {"sso", "sso-again"}, {"process"}, {"nobody"}}
	seen := make(map[string]string)
	for _, group := range same {
		first := profiles.Reached(group[0])
		for _, name := range group {
			if got := profiles.Reached(name); got != first || (got == "") != (name == "nobody") {
				t.Errorf("%s reaches %q, %s reaches %q", name, got, group[0], first)
			}
		}
		if before, ok := seen[first]; ok {
			t.Errorf("%s and %s reach the same", before, group[0])
		}
		seen[first] = group[0]
	}
}
