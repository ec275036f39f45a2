package configedit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

// syncKeys are the keys that a profile of sync's has; any other is the person's.
var syncKeys = []string{"sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name", "region", awsconfig.SyncMark}

// Sync is a change of the profiles that bear the mark.
type Sync struct {
	Add    []vaultcore.Profile // of IAM Identity Center: their names, regions, accounts, roles and sign-ins count
	Remove []string
	Notes  []string
}

// PlanSync plans a change that decide makes of what the file has, and says what it is in
// the end. Profiles are added at the end of the file, whole. One to be removed stays, and
// a note says why, where a person has put lines of their own into it or where another
// profile leads to it. It may return: what decide returns, ErrRequest for a profile that
// AWS's tools could not read, ErrConfig.
func PlanSync(path string, decide func(vaultcore.Profiles) (Sync, error)) (change Change, wanted Sync, err error) {
	change, err = planned(path, func(e *editor) ([]string, error) {
		if wanted, err = decide(e.doc.Profiles); err != nil {
			return nil, err
		}
		notes, err := e.removeSynced(wanted.Remove)
		if err != nil {
			return nil, err
		}
		wanted.Remove = slices.DeleteFunc(wanted.Remove, func(name string) bool {
			_, stays := e.doc.Profiles.Get(name)
			return stays
		})
		wanted.Notes = slices.Concat(wanted.Notes, notes)
		return wanted.Notes, e.addSynced(wanted.Add)
	})
	return change, wanted, err
}

// removeSynced takes out the profiles that may go, and says why others stay.
func (e *editor) removeSynced(names []string) (notes []string, err error) {
	going := make(map[string]bool, len(names))
	lines := strings.Split(string(e.text), "\n")
	for _, s := range e.doc.Parsed.Sections {
		if kind, name := awsconfig.SplitHeader(s.Name); kind == "profile" && slices.Contains(names, name) {
			_, before := going[name]
			going[name] = asWritten(s, lines) && !before
		}
	}
	for _, name := range names {
		if shown := vaultcore.Printable(name); !going[name] {
			notes = append(notes, shown+" is no longer listed, but its section has lines of your own; it is kept.")
		}
	}
	for _, user := range e.doc.Profiles.All() {
		for _, name := range e.leads(user) {
			if going[name] && !going[user.Name] {
				going[name] = false
				notes = append(notes, fmt.Sprintf("%s is no longer listed, but %s refers to it; it is kept.", vaultcore.Printable(name), vaultcore.Printable(user.Name)))
			}
		}
	}
	if !slices.ContainsFunc(names, func(name string) bool { return going[name] }) {
		return notes, nil
	}
	text, err := inifile.RemoveSections(e.text, func(header string) bool {
		kind, name := awsconfig.SplitHeader(header)
		return kind == "profile" && going[name]
	})
	return notes, e.edited(names[0], text, err)
}

// asWritten says whether a section of a text has the very lines that sync writes and no
// other, whatever their values.
func asWritten(s inifile.Section, lines []string) bool {
	want := []string{"[" + s.Name + "]"}
	for _, key := range s.Keys {
		if !slices.Contains(syncKeys, key.Name) {
			return false
		}
		want = append(want, inifile.Pair{Name: key.Name, Value: key.Value}.String())
	}
	for i, line := range want {
		if at := s.Line - 1 + i; at >= len(lines) || strings.TrimSuffix(lines[at], "\r") != line {
			return false
		}
	}
	return true
}

// leads are the profiles that one leads to.
func (e *editor) leads(p vaultcore.Profile) []string {
	next, _ := p.Leads()
	include, _ := e.doc.Key(p.Name, "include_profile")
	return []string{next, include.Value}
}

// addSynced adds profiles, and makes sure that they will be read as they are meant.
func (e *editor) addSynced(profiles []vaultcore.Profile) error {
	sections := make([]inifile.NewSection, 0, len(profiles))
	for _, p := range profiles {
		if err := checkName(p.Name); err != nil {
			return err
		}
		if _, there := e.doc.Profiles.Get(p.Name); there {
			return vaultcore.Faultf(vaultcore.ErrRequest, "there is already a profile %s", vaultcore.Printable(p.Name))
		}
		sections = append(sections, inifile.NewSection{Name: awsconfig.Header(p.Name), Pairs: syncPairs(p)})
	}
	text, err := inifile.Append(e.text, sections...)
	if err != nil {
		return e.refused(profiles[0].Name, err)
	}
	if err := e.take(text); err != nil {
		return err
	}
	for _, p := range profiles {
		got, _ := e.doc.Profiles.Get(p.Name)
		if got.Err != nil {
			return got.Err
		}
		in, wanted := got.Source, p.Source
		if in.Account != wanted.Account || in.Role != wanted.Role || in.SignIn != wanted.SignIn || got.Region != p.Region {
			return vaultcore.Faultf(vaultcore.ErrRequest, "AWS's tools would not read profile %s as it is meant", vaultcore.Printable(p.Name)).
				WithHint("nothing was written: use another --template, or rename the [sso-session]")
		}
	}
	return nil
}

// syncPairs are the lines of a profile of sync's.
func syncPairs(p vaultcore.Profile) []inifile.Pair {
	in := p.Source.SignIn
	pairs := []inifile.Pair{{Name: "sso_session", Value: in.Session}}
	if in.Session == "" {
		pairs = []inifile.Pair{{Name: "sso_start_url", Value: in.StartURL}, {Name: "sso_region", Value: in.Region}}
	}
	return append(pairs,
		inifile.Pair{Name: "sso_account_id", Value: p.Source.Account}, inifile.Pair{Name: "sso_role_name", Value: p.Source.Role},
		inifile.Pair{Name: "region", Value: p.Region}, inifile.Pair{Name: awsconfig.SyncMark, Value: awsconfig.SyncValue})
}
