package ui

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/console"
)

// console opens a profile's console. Why it failed comes as a notification;
// where none can be shown, it is returned.
func (a *Actions) console(ctx context.Context, c click) error {
	profile := c.Profile
	err := a.openConsole(ctx, profile, c.Value)
	if err == nil || errors.Is(err, vaultcore.ErrCanceled) || ctx.Err() != nil {
		return err
	}
	if unshown := a.tell(ctx, notify.ConsoleFailed(profile, err.Error())); unshown != nil {
		return err
	}
	a.log.Warn("a console could not be opened", "profile", profile, "failure", err)
	return nil
}

func (a *Actions) openConsole(ctx context.Context, profile, how string) error {
	r := agent.LoginRequest{Profile: profile, Caller: vaultcore.Click(profile)}
	if how == menu.ConsoleWindow || how == menu.ConsoleAtWindow {
		r.Isolated = agent.IsolatedYes
	}
	if how == menu.ConsoleAt || how == menu.ConsoleAtWindow {
		at, err := a.pickPlace(ctx, profile)
		if err != nil {
			return err
		}
		r.Service, r.Region = at.service, at.region
	}
	_, err := a.vault.Login(ctx, r)
	return err
}

// place is where in the console a person can go.
type place struct {
	service string // its short name; empty for the console's home
	region  string // empty for the profile's own
}

// pickPlace lets the person choose where in the console to go: what was opened
// last comes first. Another region is chosen before the service in it.
func (a *Actions) pickPlace(ctx context.Context, profile string) (place, error) {
	a.mu.Lock()
	recent := slices.Clone(a.recent[profile])
	a.mu.Unlock()
	at, err := a.pick(ctx, profile, places(recent, a.regionOf(ctx, profile)), len(recent))
	if err == nil && at.service == "" && !slices.Contains(recent, at) {
		at, err = a.pick(ctx, profile, placesIn(at.region), 0)
	}
	if err != nil {
		return place{}, err
	}
	a.mu.Lock()
	a.recent[profile] = remember(a.recent[profile], at)
	a.mu.Unlock()
	return at, nil
}

// regionOf is the region of a profile, or "".
func (a *Actions) regionOf(ctx context.Context, profile string) string {
	snapshot, _ := a.vault.Snapshot(ctx) // the sign-in will say what is wrong
	return snapshot.Profile(profile).Region
}

// pick shows a list of places, of which some are recent.
func (a *Actions) pick(ctx context.Context, profile string, all []place, recent int) (place, error) {
	rows := make([][]string, len(all))
	for i, at := range all {
		rows[i] = at.cells(i < recent)
	}
	at, err := a.dialogs.Choose(ctx, dialog.Table{
		Title: "Open the console of " + vaultcore.Printable(profile), Heads: placeHeads, Rows: rows, Things: "services and regions",
	})
	if err != nil {
		return place{}, err
	}
	return all[at], nil
}

// places are the recent ones, then the services, then the other regions; none
// comes twice.
func places(recent []place, own string) []place {
	all := slices.Clone(recent)
	add := func(at place) {
		if !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	for _, known := range byTitle() {
		add(place{service: known.Name})
	}
	for _, region := range aws.PartitionOf(own).Regions {
		if region != own {
			add(place{region: region})
		}
	}
	return all
}

// byTitle are the services in the order in which a person looks for them.
func byTitle() []console.Service {
	return slices.SortedFunc(slices.Values(console.Services()), func(a, b console.Service) int {
		return cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
}

// placesIn are the places in one region.
func placesIn(region string) []place {
	all := []place{{region: region}}
	for _, known := range byTitle() {
		if !known.Global {
			all = append(all, place{known.Name, region})
		}
	}
	return all
}

// placeHeads are the columns of a list of places.
var placeHeads = []string{"Service or region", "Short name", "Region", ""}

// cells is how a list shows a place. It begins with what people type to find it.
func (p place) cells(recent bool) []string {
	title, note := "Console home", ""
	if service, err := console.LookupService(p.service); err == nil {
		title = service.Title
	}
	if recent {
		note = "recent"
	} else if p.service == "" {
		title, note = p.region, "region"
	}
	return []string{title, p.service, p.region, note}
}

// mostRecent is how many places are kept at the top of the list.
const mostRecent = 5

// remember puts a place at the top of those that were opened.
func remember(recent []place, at place) []place {
	all := []place{at}
	for _, other := range recent {
		if other != at && len(all) < mostRecent {
			all = append(all, other)
		}
	}
	return all
}
