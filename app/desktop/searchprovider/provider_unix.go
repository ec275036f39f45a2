//go:build unix && !darwin

package searchprovider

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/app/internal/dbus"
)

// Where the objects are, as the installed files say.
const (
	busName = "com.github.vaultbar.vaultbar"
	path    = dbus.Path("/com/github/vaultbar/vaultbar/Search")
	gnome   = "org.gnome.Shell.SearchProvider2"
	krunner = "org.kde.krunner1"
	iconID  = "vaultbar"
)

// shells are the programs that a person searches with.
var shells = []string{"org.gnome.Shell", "org.kde.krunner", "org.kde.plasmashell"}

const (
	// patience is how long one answer may take: a search does not wait for us.
	patience = 2 * time.Second
	// withPerson is how long a person may take over the questions before a console.
	withPerson = 15 * time.Minute
)

// Run answers until ctx ends or the person's bus does. It may return:
// errors.ErrUnsupported where there is no such bus.
func (p Provider) Run(ctx context.Context) error {
	starting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	bus, err := dbus.Session(starting)
	if err != nil {
		return err
	}
	defer bus.Close()
	s := server{Provider: p, life: ctx, bus: bus}
	if err := bus.Export(gnomeObject{s}, path, gnome); err != nil {
		return err
	}
	if err := bus.Export(krunnerObject{s}, path, krunner); err != nil {
		return err
	}
	if err := bus.Claim(starting, busName); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-bus.Context().Done():
		return bus.Context().Err()
	}
}

// server is what the two objects have in common.
type server struct {
	Provider
	life context.Context // of the app: a console opens after the search has closed
	bus  *dbus.Bus
}

// isShell says whether a program on the bus is one that a person searches with.
func (s server) isShell(ctx context.Context, sender dbus.Sender) bool {
	return slices.ContainsFunc(shells, func(name string) bool {
		owner, err := s.bus.Owner(ctx, name)
		return err == nil && owner == string(sender)
	})
}

func (s server) search(sender dbus.Sender, text string) ([]Result, *dbus.Error) {
	ctx, cancel := context.WithTimeout(s.life, patience)
	defer cancel()
	if !s.isShell(ctx, sender) {
		return nil, dbus.Denied("only the desktop's search gets answers")
	}
	snapshot, err := s.Vault.Snapshot(ctx)
	if err != nil {
		return nil, nil // the menu says what is wrong; a search has no place for it
	}
	return Search(snapshot, text, time.Now()), nil
}

// act does what a person chose, after the search has its answer.
func (s server) act(sender dbus.Sender, do func(context.Context)) *dbus.Error {
	checking, checked := context.WithTimeout(s.life, patience)
	defer checked()
	if !s.isShell(checking, sender) {
		return dbus.Denied("only the desktop's search gets answers")
	}
	go func() {
		ctx, cancel := context.WithTimeout(s.life, withPerson)
		defer cancel()
		do(ctx)
	}()
	return nil
}

// gnomeObject is org.gnome.Shell.SearchProvider2. Its ids are names of profiles.
type gnomeObject struct{ server }

// GetInitialResultSet finds profiles by words.
func (g gnomeObject) GetInitialResultSet(terms []string, sender dbus.Sender) ([]string, *dbus.Error) {
	found, fault := g.search(sender, strings.Join(terms, " "))
	ids := make([]string, len(found))
	for i, result := range found {
		ids[i] = result.Profile
	}
	return ids, fault
}

// GetSubsearchResultSet finds anew: it takes less than to compare with before.
func (g gnomeObject) GetSubsearchResultSet(_, terms []string, sender dbus.Sender) ([]string, *dbus.Error) {
	return g.GetInitialResultSet(terms, sender)
}

// GetResultMetas says how results are shown. One that is gone meanwhile is left out.
func (g gnomeObject) GetResultMetas(ids []string, sender dbus.Sender) ([]map[string]dbus.Variant, *dbus.Error) {
	metas := []map[string]dbus.Variant{}
	for _, id := range ids[:min(len(ids), mostResults)] {
		found, fault := g.search(sender, id)
		if fault != nil {
			return nil, fault
		}
		at := slices.IndexFunc(found, func(r Result) bool { return r.Profile == id })
		if at < 0 {
			continue
		}
		metas = append(metas, map[string]dbus.Variant{
			"id": dbus.MakeVariant(id), "name": dbus.MakeVariant(found[at].Title),
			"description": dbus.MakeVariant(found[at].Detail), "gicon": dbus.MakeVariant(iconID),
		})
	}
	return metas, nil
}

// ActivateResult opens the console of the profile that was chosen.
func (g gnomeObject) ActivateResult(id string, _ []string, _ uint32, sender dbus.Sender) *dbus.Error {
	return g.act(sender, func(ctx context.Context) { g.Open(ctx, id) })
}

// LaunchSearch lets the person look further.
func (g gnomeObject) LaunchSearch(_ []string, _ uint32, sender dbus.Sender) *dbus.Error {
	return g.act(sender, g.Find)
}

// krunnerObject is org.kde.krunner1.
type krunnerObject struct{ server }

// match is one result as KRunner wants it.
type match struct {
	ID, Text, Icon string
	Kind           int32
	Relevance      float64
	Properties     map[string]dbus.Variant
}

// The kinds of a match: Plasma::QueryMatch::Type.
const (
	possibleMatch = int32(30)
	exactMatch    = int32(100)
)

// Match finds profiles by what was typed.
func (k krunnerObject) Match(query string, sender dbus.Sender) ([]match, *dbus.Error) {
	found, fault := k.search(sender, query)
	matches := make([]match, len(found))
	for i, result := range found {
		kind := possibleMatch
		if result.Exact {
			kind = exactMatch
		}
		matches[i] = match{result.Profile, result.Title, iconID, kind, 0.9 - 0.05*float64(i),
			map[string]dbus.Variant{"subtext": dbus.MakeVariant(result.Detail)}}
	}
	return matches, fault
}

// action is what else can be done with a match: there is nothing else.
type action struct{ ID, Text, Icon string }

// Actions lists what else can be done with matches.
func (k krunnerObject) Actions(dbus.Sender) ([]action, *dbus.Error) { return []action{}, nil }

// Run opens the console of the profile that was chosen.
func (k krunnerObject) Run(id, _ string, sender dbus.Sender) *dbus.Error {
	return k.act(sender, func(ctx context.Context) { k.Open(ctx, id) })
}
