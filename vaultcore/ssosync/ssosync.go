// Package ssosync decides which profiles of an AWS config file the accounts and roles
// of a sign-in need. It is pure: [Decide] gets what the config has and what the portal
// listed, and returns what to add and what to take out.
//
// A role that some profile has already gets none, whoever wrote that profile: what a
// person has named themselves stays the only one. A profile that is there keeps its
// name, also when its account is renamed or the template changes, since scripts have
// that name; so a second run with the same accounts decides nothing. Only profiles that
// bear the mark of an earlier run ([vaultcore.Profile.Synced]) are ever taken out.
//
// Names come of a template. Where two roles would have one name, or a profile has it
// already, the account's id is added, so that a name depends neither on the order in
// which AWS lists nor on what was listed before.
package ssosync

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Options say what is wanted of the profiles of a sign-in.
type Options struct {
	SignIn   vaultcore.SignIn
	Listed   []vaultcore.Account // all accounts with all their roles
	Region   string              // of new profiles; empty for that of the sign-in
	Template string              // of their names; empty for [DefaultTemplate]
	Ignore   []string            // globs: accounts by id or name, and roles, that get no profile
	Prune    bool                // take out what is no longer listed
}

// Plan is what a config needs.
type Plan struct {
	Add    []vaultcore.Profile // by account and role
	Remove []string            // names, in the order of the file
	Notes  []string            // what a person should know, a sentence each
}

// role is one that a person has in an account.
type role struct {
	account vaultcore.Account
	name    string
}

// key tells roles of one sign-in apart.
type key struct{ account, role string }

func (r role) key() key { return key{r.account.ID, r.name} }

// Decide compares what a config has with what was listed. It may return: ErrRequest
// for a template or a glob that cannot be used, ErrConfig where nothing was listed at
// all and profiles would be taken out.
func Decide(have vaultcore.Profiles, o Options) (Plan, error) {
	names, err := parse(cmp.Or(o.Template, DefaultTemplate))
	if err != nil {
		return Plan{}, err
	}
	wanted, err := o.roles()
	if err != nil {
		return Plan{}, err
	}
	d := &decision{Options: o, have: have, there: make(map[key]string)}
	if err := d.lookThrough(); err != nil {
		return Plan{}, err
	}
	for _, named := range names.all(o.SignIn, wanted, have, d.there) {
		d.plan.Add = append(d.plan.Add, d.profile(named))
	}
	return d.plan, nil
}

// decision is a plan that is being made.
type decision struct {
	Options
	have  vaultcore.Profiles
	there map[key]string // the profile that has a role already
	plan  Plan
}

// lookThrough finds what profiles of the sign-in there are, and which of them go.
func (d *decision) lookThrough() error {
	listed := make(map[key]bool)
	for _, account := range d.Listed {
		for _, name := range account.Roles {
			listed[key{account.ID, name}] = true
		}
	}
	var foreign, gone []string
	for _, p := range d.have.All() {
		of := key{p.Source.Account, p.Source.Role}
		switch {
		case !d.concerns(p):
			continue
		case !listed[of] && p.Synced && p.Source.SignIn == d.SignIn:
			gone = append(gone, p.Name)
			continue
		case listed[of] && !p.Synced:
			foreign = append(foreign, p.Name)
		}
		d.there[of] = p.Name
	}
	d.note(foreign, "%s: you already have a profile for this role; no second one is added.", "%d roles already have profiles of yours; no second one is added: %s.")
	switch {
	case !d.Prune:
		d.note(gone, "%s is no longer listed; --prune removes it.", "%d profiles are no longer listed; --prune removes them: %s.")
	case len(gone) > 0 && len(d.Listed) == 0:
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s lists no accounts at all, so nothing is removed", vaultcore.Printable(d.SignIn.Name())).
			WithHint("check at %s whether you still have access", vaultcore.Printable(d.SignIn.StartURL))
	default:
		d.plan.Remove = gone
	}
	return nil
}

// concerns says whether a profile's role is one of this sign-in: by its session, or,
// with the same keys in the profile itself, by its start URL.
func (d *decision) concerns(p vaultcore.Profile) bool {
	in := p.Source.SignIn
	if p.Source.Kind != vaultcore.SSOSource || p.Source.Account == "" || p.Source.Role == "" {
		return false
	}
	return in.Session == d.SignIn.Session && in.StartURL == d.SignIn.StartURL || in.Session == "" && plain(in.StartURL) == plain(d.SignIn.StartURL)
}

// plain is a start URL without what makes no difference to AWS.
func plain(startURL string) string { return strings.TrimRight(startURL, "/#") }

// maxNamed is how many profiles a note names.
const maxNamed = 5

// note tells of profiles, if there are any: in words for one, and for more with their
// number and the first of them.
func (d *decision) note(names []string, one, more string) {
	switch n := len(names); {
	case n == 1:
		d.plan.Notes = append(d.plan.Notes, fmt.Sprintf(one, vaultcore.Printable(names[0])))
	case n > 1:
		var shown []string
		for _, name := range names[:min(n, maxNamed)] {
			shown = append(shown, vaultcore.Printable(name))
		}
		list := strings.Join(shown, ", ")
		if n > maxNamed {
			list += fmt.Sprintf(" and %d more", n-maxNamed)
		}
		d.plan.Notes = append(d.plan.Notes, fmt.Sprintf(more, n, list))
	}
}

// profile is a new profile for a role.
func (d *decision) profile(r named) vaultcore.Profile {
	return vaultcore.Profile{
		Name: r.profile, Region: cmp.Or(d.Region, d.SignIn.Region), Synced: true,
		Source: vaultcore.Source{Kind: vaultcore.SSOSource, Account: r.account.ID, Role: r.name, SignIn: d.SignIn},
	}
}

// roles are those that profiles are wanted for, by account and name.
func (o Options) roles() ([]role, error) {
	for _, glob := range o.Ignore {
		if _, err := path.Match(glob, ""); err != nil {
			return nil, vaultcore.Faultf(vaultcore.ErrRequest, "%q is not a pattern", vaultcore.Printable(glob)).
				WithHint("a pattern is an account's id or name or a role's name, where * matches any text")
		}
	}
	var all []role
	for _, account := range o.Listed {
		for _, name := range account.Roles {
			if !o.ignores(account.ID, account.Name, name) {
				all = append(all, role{account, name})
			}
		}
	}
	slices.SortFunc(all, func(a, b role) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.account.Name), strings.ToLower(b.account.Name)), cmp.Compare(a.account.ID, b.account.ID), cmp.Compare(a.name, b.name))
	})
	return all, nil
}

// ignores says whether any of these texts is one to be ignored.
func (o Options) ignores(texts ...string) bool {
	return slices.ContainsFunc(o.Ignore, func(glob string) bool {
		return slices.ContainsFunc(texts, func(text string) bool {
			match, err := path.Match(strings.ToLower(glob), strings.ToLower(text))
			return err == nil && match
		})
	})
}
