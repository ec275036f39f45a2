package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// place is one where AWS's tools look for credentials.
type place struct {
	name string
	look func(f Facts, p vaultcore.Profile, t tools) seen
}

// The names of the places that a source_profile's credentials do not come from.
const (
	ofEnvironment = "environment"
	ofRole        = "role_arn"
)

// seen is what there is at a place.
type seen struct {
	there bool
	text  string
	verdict
}

// verdict is what that means for a person who uses Vaultbar.
type verdict struct {
	warns bool   // it goes before Vaultbar
	fails bool   // it is what AWS's tools use, and it does not work
	next  string // how to have Vaultbar used instead
}

// tools look in one order.
type tools struct {
	names  string
	strict bool // a role_arn without source_profile is refused, rather than assumed with what else the profile has
	places []place
}

// orders are those of AWS's tools, which differ. Sources: botocore credentials.py,
// create_credential_resolver and _get_profile_provider_names; aws-sdk-go-v2
// config/resolve_credentials.go, resolveCredentialChain and resolveCredsFromProfile.
// Of an environment both say: its keys go first, but where a profile is named by
// --profile or in code.
var orders = []tools{
	{"aws, boto3", true, []place{inEnvironment, assumed, webIdentity, identityCenter, keysInCredentials, login, process, keysInConfig, container, instance}},
	{"Terraform, SDK for Go", false, []place{inEnvironment, assumed, keysInCredentials, keysInConfig, webIdentity, identityCenter, login, process, container, instance}},
}

var (
	inEnvironment     = place{ofEnvironment, lookInEnvironment}
	assumed           = place{ofRole, lookAtRole}
	webIdentity       = place{"web identity", ofSource(vaultcore.WebIdentitySource, "no web_identity_token_file")}
	identityCenter    = place{"IAM Identity Center", lookForSignIn}
	login             = place{"aws login", ofSource(vaultcore.LoginSource, "no login_session")}
	keysInCredentials = place{"credentials file", func(f Facts, p vaultcore.Profile, _ tools) seen { return lookForKey(f, p, f.Credentials) }}
	keysInConfig      = place{"keys in the config", func(f Facts, p vaultcore.Profile, _ tools) seen { return lookForKey(f, p, f.Config.File) }}
	process           = place{"credential_process", lookAtProcess}
	container         = place{"container", lookForContainer}
	instance          = place{"EC2 instance", func(f Facts, _ vaultcore.Profile, _ tools) seen {
		if strings.EqualFold(f.Env("AWS_EC2_METADATA_DISABLED"), "true") {
			return seen{text: "turned off by AWS_EC2_METADATA_DISABLED"}
		}
		return seen{text: "asked last, where there is one"}
	}}
)

// Report is all that there is to say: of everything, and of one profile where one is
// named. It may return: ErrNoProfile.
func Report(f Facts, profile string) (checks []vaultcore.Check, searches []vaultcore.Search, err error) {
	checks = Examine(f)
	if profile == "" {
		return checks, nil, nil
	}
	more, searches, err := OfProfile(f, profile)
	return append(checks, more...), searches, err
}

// OfProfile says of one profile where AWS's tools get its credentials, and why. It may
// return: ErrNoProfile.
func OfProfile(f Facts, name string) ([]vaultcore.Check, []vaultcore.Search, error) {
	p, ok := f.Config.Profiles.Get(name)
	switch {
	case !ok && f.Config.Err != nil:
		return nil, nil, f.Config.Err
	case !ok && !f.plainFor(name):
		return nil, nil, vaultcore.NoProfile(name, f.Config.File, f.Config.Profiles.Like(name))
	}
	p.Name = name
	if p.Err != nil {
		return []vaultcore.Check{{Name: "source", Verdict: vaultcore.CheckFail, Text: oneLine(p.Err.Error()), Next: vaultcore.Hint(p.Err)}}, nil, nil
	}
	var checks []vaultcore.Check
	if planned, err := f.planOf(name); err == nil { // else the check of all profiles says so
		checks = append(checks, vaultcore.Check{Name: "Vaultbar", Verdict: vaultcore.CheckOK, Text: oneLine("hands out " + planned.Title())})
	}
	var searches []vaultcore.Search
	for _, t := range orders {
		search, won := t.search(f, p)
		searches = append(searches, search)
		checks = append(checks, t.judge(f, p, won))
	}
	return checks, searches, nil
}

// search looks at all places, and says which of them wins: the first with credentials.
func (t tools) search(f Facts, p vaultcore.Profile) (vaultcore.Search, *seen) {
	search := vaultcore.Search{Tools: t.names}
	var won *seen
	for _, place := range t.places {
		at := place.look(f, p, t)
		search.Places = append(search.Places, vaultcore.Candidate{Name: place.name, Text: oneLine(at.text), Has: at.there, Wins: at.there && won == nil})
		if at.there && won == nil {
			won = &at
		}
	}
	return search, won
}

// judge is the line about what wins.
func (t tools) judge(f Facts, p vaultcore.Profile, won *seen) vaultcore.Check {
	c := vaultcore.Check{Name: "source", Verdict: vaultcore.CheckOK}
	switch {
	case won == nil:
		c.Verdict = vaultcore.CheckFail
		c.Text = fmt.Sprintf("%s find no credentials for %s", t.names, shown(p.Name))
		c.Next = fmt.Sprintf("`vaultbar setup %s` makes them ask Vaultbar", vaultcore.Argument(p.Name))
		if _, err := f.planOf(p.Name); err != nil {
			c.Next = vaultcore.Hint(err)
		}
	case won.fails:
		c.Verdict, c.Text, c.Next = vaultcore.CheckFail, t.names+": "+won.text, won.next
	case won.warns:
		c.Verdict, c.Text, c.Next = vaultcore.CheckWarn, t.names+": "+won.text, won.next
	default:
		c.Text = t.names + ": " + won.text
	}
	c.Text = oneLine(c.Text)
	return c
}

func lookInEnvironment(f Facts, _ vaultcore.Profile, _ tools) seen {
	if f.Env("AWS_ACCESS_KEY_ID") == "" || f.Env("AWS_SECRET_ACCESS_KEY") == "" {
		return seen{text: "no AWS_ACCESS_KEY_ID"}
	}
	return seen{true, "AWS_ACCESS_KEY_ID is set, and wins unless --profile names the profile",
		verdict{warns: f.Env("AWS_VAULT") == "", next: "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN, or name the profile with --profile"}}
}

// lookAtRole follows a role to what it is assumed with.
func lookAtRole(f Facts, p vaultcore.Profile, t tools) seen {
	name := shown(p.Name)
	broken := func(next, format string, args ...any) seen {
		return seen{true, "role_arn, but " + fmt.Sprintf(format, args...), verdict{fails: true, next: next}}
	}
	switch {
	case p.RoleARN == "" || p.Source.Kind == vaultcore.WebIdentitySource:
		return seen{text: "no role_arn with source_profile"}
	case p.Source.Kind == vaultcore.MachineSource:
		return seen{there: true, text: "role_arn, with " + p.Source.String()}
	case p.SourceProfile == "" && t.strict:
		return broken("set source_profile of "+name+" to a profile that has the key", "no source_profile")
	case p.SourceProfile == "":
		return seen{text: "no source_profile"}
	}
	base, ok := f.Config.Profiles.Get(p.SourceProfile)
	if !ok && !f.plainFor(p.SourceProfile) {
		return broken("correct the name, or add that profile", "its source_profile %s does not exist", shown(p.SourceProfile))
	}
	base.Name = p.SourceProfile
	if base.Err != nil {
		return broken(vaultcore.Hint(base.Err), "%s", base.Err)
	}
	passed := []string{ofEnvironment} // whose keys are never a source_profile's
	if base.Name == p.Name {
		passed = append(passed, ofRole)
	}
	_, won := tools{t.names, t.strict, without(t.places, passed...)}.search(f, base)
	if won == nil {
		return broken("`vaultbar setup "+vaultcore.Argument(p.Name)+"` makes them ask Vaultbar", "there are no credentials for its source_profile %s", shown(base.Name))
	}
	return seen{true, fmt.Sprintf("role_arn, with %s: %s", shown(base.Name), won.text), won.verdict}
}

// without leaves places out.
func without(places []place, names ...string) []place {
	return slices.DeleteFunc(slices.Clone(places), func(p place) bool { return slices.Contains(names, p.name) })
}

func ofSource(kind vaultcore.SourceKind, none string) func(Facts, vaultcore.Profile, tools) seen {
	return func(_ Facts, p vaultcore.Profile, _ tools) seen {
		if p.Source.Kind != kind || p.Source.Lacks() != "" {
			return seen{text: none}
		}
		return seen{there: true, text: kind.Title()}
	}
}

// lookForSignIn follows a profile of Identity Center to the sign-in that AWS's tools have
// for it, which is not Vaultbar's.
func lookForSignIn(f Facts, p vaultcore.Profile, t tools) seen {
	s := ofSource(vaultcore.SSOSource, "no sso_session")(f, p, t)
	switch {
	case !s.there:
	case f.SharedSignIns:
		s.text += ", with the sign-in that Vaultbar shares (sso_share)"
	case f.SignedOut[p.Source.SignIn.Name()]:
		s.text += ", but they have no sign-in of their own"
		s.verdict = verdict{warns: true, next: fmt.Sprintf("run them with `vaultbar exec %s -- COMMAND`, or share Vaultbar's sign-in: `vaultbar settings set sso_share yes`", vaultcore.Argument(p.Name))}
	}
	return s
}

func lookForKey(f Facts, p vaultcore.Profile, file string) seen {
	for _, key := range f.Plain {
		if key.Profile != p.Name || key.File != file {
			continue
		}
		s := seen{true, fmt.Sprintf("the key in plain text in %s:%d", key.File, key.Line), verdict{warns: true, next: fmt.Sprintf("`vaultbar import %s` moves it into the keychain", vaultcore.Argument(p.Name))}}
		if key.Why != nil {
			s.text += ": " + key.Why.Error()
			s.next = fmt.Sprintf("remove the lines of [%s] from %s", shown(p.Name), key.File)
		}
		return s
	}
	return seen{text: "no aws_access_key_id"}
}

func lookAtProcess(f Facts, p vaultcore.Profile, _ tools) seen {
	for _, c := range f.Called {
		switch {
		case c.Profile != p.Name:
		case f.NotFound[c.Program]:
			return seen{true, fmt.Sprintf("credential_process in %s:%d runs %s, which does not exist", c.File, c.Line, c.Program), verdict{fails: true, next: fmt.Sprintf("`vaultbar setup %s` rewrites the line", vaultcore.Argument(p.Name))}}
		case c.Ours:
			return seen{there: true, text: fmt.Sprintf("credential_process in %s:%d asks %s", c.File, c.Line, c.Program)}
		default:
			return seen{there: true, text: fmt.Sprintf("credential_process in %s:%d runs %s", c.File, c.Line, c.Program)}
		}
	}
	return seen{text: "no credential_process"}
}

func lookForContainer(f Facts, _ vaultcore.Profile, _ tools) seen {
	for _, name := range []string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		if f.Env(name) != "" {
			return seen{true, name + " is set", verdict{warns: true, next: "run `vaultbar setup` for the profile, or unset " + name}}
		}
	}
	return seen{text: "no AWS_CONTAINER_CREDENTIALS_*"}
}
