package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// add asks for a key and keeps it: for a profile, or for one that the person names. A
// key that AWS does not know is asked for again.
func (a *Actions) add(ctx context.Context, c click) error {
	snapshot, err := a.vault.Snapshot(ctx)
	if err != nil {
		return err
	}
	blank := dialog.Blank{
		Profile: c.Profile,
		Taken:   func(name string) bool { return slices.Contains(snapshot.Keys, name) },
		Plain:   func(name string) string { return plainIn(snapshot, name) },
	}
	if snapshot.Profile(c.Profile).Region == "" {
		blank.Region = checkRegion
	}
	region := ""
	for {
		entered, err := a.dialogs.AddCredentials(ctx, blank)
		if err != nil {
			return err
		}
		if entered.Move {
			return a.importKeys(ctx, click{Action: menu.Action{Kind: menu.Import, Profile: entered.Profile}})
		}
		entered.Region = cmp.Or(entered.Region, region)
		identity, err := a.vault.Identify(ctx, agent.IdentifyRequest{Profile: entered.Profile, Key: entered.Key, Caller: vaultcore.Click(entered.Profile)})
		if errors.Is(err, vaultcore.ErrRefused) || errors.Is(err, vaultcore.ErrWrongAccount) {
			region = entered.Region
			blank = dialog.Blank{Profile: entered.Profile, Notice: vaultcore.Sentence(err.Error())}
			continue
		}
		if err != nil {
			return err
		}
		return a.keepKey(ctx, entered, identity)
	}
}

// checkRegion says what is wrong with the name of a region that a person typed.
func checkRegion(text string) error {
	if !aws.ValidRegion(text) {
		return vaultcore.Faultf(vaultcore.ErrRequest, "a region is named like eu-central-1")
	}
	return nil
}

// plainIn is where the key of a profile stands in plain text; "" for nowhere.
func plainIn(snapshot vaultcore.Snapshot, profile string) string {
	at := slices.IndexFunc(snapshot.Plain, func(k vaultcore.PlainKey) bool { return k.Profile == profile })
	if at < 0 {
		return ""
	}
	return fmt.Sprintf("%s, line %d", snapshot.Plain[at].File, snapshot.Plain[at].Line)
}

// keepKey keeps a key that AWS knows, and does what the person wants next.
func (a *Actions) keepKey(ctx context.Context, entered dialog.Entered, identity vaultcore.Identity) error {
	profile := entered.Profile
	entered.Key.AccountID = identity.Account
	serial, err := a.dialogs.ChooseDevice(ctx, profile, identity)
	if err != nil {
		return err
	}
	err = a.vault.Add(ctx, agent.AddRequest{
		Profile: profile, Region: entered.Region, Key: entered.Key, EditConfig: true, MFASerial: serial, Caller: vaultcore.Click(profile),
	})
	if err != nil {
		return err
	}
	notes, change := a.afterAdd(ctx, profile)
	return a.goOn(ctx, profile, change, dialog.Added(profile, identity, serial, notes))
}

// goOn says what was done for a profile, and does what the person wants next.
func (a *Actions) goOn(ctx context.Context, profile string, change agent.SetupResult, done dialog.Message) error {
	next, err := a.dialogs.Next(ctx, done, change.Diff != "")
	if err != nil {
		return err
	}
	switch next {
	case dialog.AddedStart:
		a.startSession(ctx, profile)
	case dialog.AddedSetup:
		return a.setUp(ctx, profile, change)
	}
	return nil
}

// afterAdd is what the person should know of a profile whose key is kept, and
// what would have to be written for aws and the SDKs to use it: nothing when it
// is there already, or cannot be written.
func (a *Actions) afterAdd(ctx context.Context, profile string) ([]string, agent.SetupResult) {
	change, err := a.planSetup(ctx, profile, "")
	notes := slices.Clone(change.Notes)
	if err != nil {
		notes = append(notes, vaultcore.Sentence("aws and the SDKs cannot be set up for it: "+err.Error()))
		if hint := vaultcore.Hint(err); hint != "" {
			notes = append(notes, vaultcore.Sentence(hint))
		}
	}
	if a.regionOf(ctx, profile) == "" {
		notes = append(notes, noRegion(profile))
	}
	return notes, change
}

// noRegion says what a profile lacks without which most of AWS's services cannot be used.
func noRegion(profile string) string {
	return vaultcore.Printable(profile) + " has no region, which most AWS services need: set one in its menu."
}

// planSetup plans what lets aws and the SDKs use a profile, and makes the change
// when the person has agreed to it.
func (a *Actions) planSetup(ctx context.Context, profile, agreed string) (agent.SetupResult, error) {
	command, err := Companion()
	if err != nil {
		return agent.SetupResult{}, err
	}
	return a.vault.Setup(ctx, agent.SetupRequest{Profiles: []string{profile}, Command: command, Agreed: agreed})
}

// setUp shows the change, and makes it when the person agrees.
func (a *Actions) setUp(ctx context.Context, profile string, change agent.SetupResult) error {
	name := vaultcore.Printable(profile)
	sure, err := a.dialogs.ConfirmChange(ctx, "Set up aws for "+name, "This change lets aws and the SDKs use "+name+". Write it?", change.Diff)
	if err != nil || !sure {
		return err
	}
	done, err := a.planSetup(ctx, profile, change.Diff)
	if err != nil {
		return err
	}
	next, err := a.dialogs.Offer(ctx, dialog.Message{
		Title: "Set up aws for " + name, Text: "Wrote " + done.File + ". aws and the SDKs now get the credentials of " + name + " from Vaultbar.",
	}, "Done", "Start session")
	if err == nil && next == 1 {
		a.startSession(ctx, profile)
	}
	return err
}

// startSession starts a session. Why it failed is not why the key was not added.
func (a *Actions) startSession(ctx context.Context, profile string) {
	a.Do(ctx, menu.Action{Kind: menu.Start, Profile: profile}, nil)
}
