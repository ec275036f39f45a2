package ssosync

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

var corp = vaultcore.SignIn{Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-west-1"}

// account has the id of one digit.
func account(digit int, name string, roles ...string) vaultcore.Account {
	return vaultcore.Account{ID: strings.Repeat(fmt.Sprint(digit), 12), Name: name, Email: "aws@example.com", Roles: roles}
}

// profile is one for a role in the account of a digit.
func profile(name string, digit int, role string, in vaultcore.SignIn, synced bool) vaultcore.Profile {
	return vaultcore.Profile{Name: name, Synced: synced, Source: vaultcore.Source{
		Kind: vaultcore.SSOSource, Account: strings.Repeat(fmt.Sprint(digit), 12), Role: role, SignIn: in,
	}}
}

// names are those of a plan's new profiles.
func (p Plan) names() string {
	var all []string
	for _, added := range p.Add {
		all = append(all, added.Name)
	}
	return strings.Join(all, " ")
}

func TestNames(t *testing.T) {
	for name, test := range map[string]struct {
		template string
		have     []vaultcore.Profile
		listed   []vaultcore.Account
		want     string
	}{
		"account and role":      {"", nil, []vaultcore.Account{account(1, "Prod", "Admin", "ReadOnly")}, "Prod-Admin Prod-ReadOnly"},
		"what needs quotes":     {"", nil, []vaultcore.Account{account(1, ` -Prod & "Co" [x] # `, "Power+User@x")}, "Prod-Co-x-Power+User@x"},
		"letters of all places": {"", nil, []vaultcore.Account{account(1, "本番 環境", "Admin")}, "本番-環境-Admin"},
		"no name":               {"", nil, []vaultcore.Account{account(1, "★", "Admin")}, "111111111111-Admin"},
		"by account":            {"", nil, []vaultcore.Account{account(1, "b", "X"), account(2, "A", "X")}, "A-X b-X"},
		"two accounts of a name": {"", nil, []vaultcore.Account{account(1, "Dev", "X"), account(2, "Dev", "X", "Y")},
			"Dev-X-111111111111 Dev-X-222222222222 Dev-Y"},
		"two roles of an account": {"{account_name}", nil, []vaultcore.Account{account(1, "Dev", "X", "Y")}, "Dev-111111111111 Dev-111111111111-2"},
		"a foreign name":          {"", []vaultcore.Profile{{Name: "Dev-X"}}, []vaultcore.Account{account(1, "Dev", "X")}, "Dev-X-111111111111"},
		"all names are foreign": {"", []vaultcore.Profile{{Name: "Dev-X"}, {Name: "Dev-X-111111111111"}},
			[]vaultcore.Account{account(1, "Dev", "X")}, "Dev-X-111111111111-2"},
		"every field": {"my.{sign_in}/{account_id}:{email}={account_name},{role}", nil, []vaultcore.Account{account(1, "Dev", "X")},
			"my.corp/111111111111:aws@example.com=Dev,X"},
		"not default":     {"{account_name}", nil, []vaultcore.Account{account(1, "default", "X")}, "default-111111111111"},
		"a renamed one":   {"", []vaultcore.Profile{profile("Old-X", 1, "X", corp, true)}, []vaultcore.Account{account(1, "New", "X", "Y")}, "New-Y"},
		"one of two, new": {"", []vaultcore.Profile{profile("Dev-X", 1, "X", corp, true)}, []vaultcore.Account{account(1, "Dev", "X"), account(2, "Dev", "X")}, "Dev-X-222222222222"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				rand.Shuffle(len(test.listed), func(i, j int) { test.listed[i], test.listed[j] = test.listed[j], test.listed[i] })
				plan, err := Decide(vaultcore.NewProfiles(test.have), Options{SignIn: corp, Listed: test.listed, Template: test.template})
				if err != nil || plan.names() != test.want {
					t.Fatalf("%q, %v; want %q", plan.names(), err, test.want)
				}
			}
		})
	}
}

func TestDecide(t *testing.T) {
	legacy := vaultcore.SignIn{StartURL: corp.StartURL + "/#/", Region: "eu-west-1"}
	other := vaultcore.SignIn{Session: "other", StartURL: corp.StartURL, Region: "eu-west-1"}
	listed := []vaultcore.Account{account(1, "Prod", "Admin", "Audit"), account(2, "Dev", "Admin")}
	for name, test := range map[string]struct {
		have    []vaultcore.Profile
		options Options
		add     string
		remove  []string
		notes   int
	}{
		"nothing there":     {nil, Options{Listed: listed}, "Dev-Admin Prod-Admin Prod-Audit", nil, 0},
		"a hand-written":    {[]vaultcore.Profile{profile("p", 1, "Admin", corp, false)}, Options{Listed: listed}, "Dev-Admin Prod-Audit", nil, 1},
		"legacy keys":       {[]vaultcore.Profile{profile("p", 1, "Admin", legacy, false)}, Options{Listed: listed}, "Dev-Admin Prod-Audit", nil, 1},
		"another sign-in":   {[]vaultcore.Profile{profile("p", 1, "Admin", other, false)}, Options{Listed: listed}, "Dev-Admin Prod-Admin Prod-Audit", nil, 0},
		"gone, and told":    {[]vaultcore.Profile{profile("p", 3, "Admin", corp, true)}, Options{}, "", nil, 1},
		"gone, and removed": {[]vaultcore.Profile{profile("p", 3, "Admin", corp, true)}, Options{Listed: listed, Prune: true}, "Dev-Admin Prod-Admin Prod-Audit", []string{"p"}, 0},
		"gone, but foreign": {[]vaultcore.Profile{profile("p", 3, "Admin", corp, false)}, Options{Listed: listed, Prune: true}, "Dev-Admin Prod-Admin Prod-Audit", nil, 0},
		"gone elsewhere": {[]vaultcore.Profile{profile("p", 3, "Admin", other, true), profile("q", 3, "Admin", legacy, true)},
			Options{Listed: listed, Prune: true}, "Dev-Admin Prod-Admin Prod-Audit", nil, 0},
		"ignored by name":    {nil, Options{Listed: listed, Ignore: []string{"prod*"}}, "Dev-Admin", nil, 0},
		"ignored by id":      {nil, Options{Listed: listed, Ignore: []string{strings.Repeat("2", 12)}}, "Prod-Admin Prod-Audit", nil, 0},
		"ignored by role":    {nil, Options{Listed: listed, Ignore: []string{"a?min", "none"}}, "Prod-Audit", nil, 0},
		"ignored is no less": {[]vaultcore.Profile{profile("p", 1, "Audit", corp, true)}, Options{Listed: listed, Ignore: []string{"*"}, Prune: true}, "", nil, 0},
		"many hand-written": {[]vaultcore.Profile{profile("p", 1, "Admin", corp, false), profile("q", 1, "Audit", corp, false), profile("r", 2, "Admin", corp, false)},
			Options{Listed: listed}, "", nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.SignIn = corp
			plan, err := Decide(vaultcore.NewProfiles(test.have), test.options)
			if err != nil || plan.names() != test.add || !slices.Equal(plan.Remove, test.remove) || len(plan.Notes) != test.notes {
				t.Fatalf("add %q, remove %q, notes %q, %v", plan.names(), plan.Remove, plan.Notes, err)
			}
			again, err := Decide(vaultcore.NewProfiles(append(test.have, plan.Add...)), test.options)
			if err != nil || len(again.Add) != 0 {
				t.Errorf("again: add %q, %v", again.names(), err)
			}
		})
	}
}

// TestRegion: new profiles are for the region that is asked for, else for that of the
// sign-in.
func TestRegion(t *testing.T) {
	for region, want := range map[string]string{"": "eu-west-1", "us-east-2": "us-east-2"} {
		plan, err := Decide(vaultcore.Profiles{}, Options{SignIn: corp, Listed: []vaultcore.Account{account(1, "a", "X")}, Region: region})
		if err != nil || plan.Add[0].Region != want {
			t.Errorf("%+v, %v", plan.Add, err)
		}
	}
}

func TestDecideRefuses(t *testing.T) {
	have := vaultcore.NewProfiles([]vaultcore.Profile{profile("p", 3, "Admin", corp, true)})
	for name, test := range map[string]struct {
		options Options
		want    error
	}{
		"an unknown field":     {Options{Template: "{account}"}, vaultcore.ErrRequest},
		"an empty field":       {Options{Template: "{}{role}"}, vaultcore.ErrRequest},
		"a field without end":  {Options{Template: "{role}{account_name"}, vaultcore.ErrRequest},
		"no field":             {Options{Template: "name"}, vaultcore.ErrRequest},
		"a space":              {Options{Template: "my {role}"}, vaultcore.ErrRequest},
		"a line":               {Options{Template: "{role}\n[x]"}, vaultcore.ErrRequest},
		"a flag":               {Options{Template: "-{role}"}, vaultcore.ErrRequest},
		"a pattern":            {Options{Ignore: []string{"[a"}}, vaultcore.ErrRequest},
		"nothing, and pruning": {Options{Prune: true}, vaultcore.ErrConfig},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.SignIn = corp
			if _, err := Decide(have, test.options); !errors.Is(err, test.want) || vaultcore.Hint(err) == "" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// FuzzNames: whatever accounts are called, each role has a name of its own that needs
// no quotes.
func FuzzNames(f *testing.F) {
	f.Add("Prod & Co", "prod - co", "Admin", "{account_name}-{role}")
	f.Add("[x]\n", "=;#\"", "a b", "{email}")
	f.Fuzz(func(t *testing.T, one, two, role, template string) {
		listed := []vaultcore.Account{account(1, one, role, "Admin"), account(2, two, role), account(3, "default", role)}
		for i := range listed {
			listed[i].Email, listed[i].Roles = one, slices.Compact(listed[i].Roles)
		}
		plan, err := Decide(vaultcore.Profiles{}, Options{SignIn: corp, Listed: listed, Template: template})
		if err != nil {
			return
		}
		seen := map[string]bool{"default": true}
		for _, p := range plan.Add {
			if seen[p.Name] || p.Name == "" || !literalShape.MatchString(p.Name) {
				t.Errorf("name %q", p.Name)
			}
			seen[p.Name] = true
		}
	})
}
