package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// addRole adds a profile for a role that starts from a key: the person pastes its ARN,
// names the profile, and sees the change before it is written.
func (a *Actions) addRole(ctx context.Context, c click) error {
	head := "Add a role above " + vaultcore.Printable(c.Profile)
	wanted, is, err := a.askRole(ctx, head, c.Profile)
	if err != nil {
		return err
	}
	done, err := a.edit(ctx, wanted, head, is+" Write it?")
	if err != nil || !done.Applied {
		return err
	}
	notes, change := a.afterAdd(ctx, wanted.Profile)
	if change.Diff == "" { // its key is set up
		notes = nil
	}
	return a.goOn(ctx, wanted.Profile, change, dialog.Message{
		Title: "Added " + vaultcore.Printable(wanted.Profile), Text: "Wrote " + done.File + ". " + is, Hint: strings.Join(notes, "\n"),
	})
}

// askRole asks for the role that is to start from a profile and for the name of its own,
// and says in a sentence what that is.
func (a *Actions) askRole(ctx context.Context, head, source string) (wanted agent.EditRequest, is string, err error) {
	snapshot, err := a.vault.Snapshot(ctx)
	if err != nil {
		return wanted, "", err
	}
	arn, err := a.dialogs.Type(ctx, dialog.Line{Title: head, Text: "ARN of the role, as its page in IAM has it:", Check: checkRole})
	if err != nil {
		return wanted, "", err
	}
	in, role, _ := aws.ParseRole(arn)
	taken := func(name string) bool {
		return snapshot.Profile(name).Name != ""
	}
	name, err := a.dialogs.Type(ctx, dialog.Line{
		Title: head, Text: "Name of its profile:", Start: proposedName(role, source, taken),
		Check: func(text string) error {
			if taken(text) {
				return vaultcore.Faultf(vaultcore.ErrRequest, "there is already a profile %s", vaultcore.Printable(text))
			}
			return vaultcore.CheckProfileName(text)
		},
	})
	is = fmt.Sprintf("%s is the role %s in account %s, assumed with the key of %s.", vaultcore.Printable(name), role, in.Account, vaultcore.Printable(source))
	return agent.EditRequest{Profile: name, RoleARN: arn, Source: source}, is, err
}

// checkRole says what is wrong with the ARN of a role that a person typed.
func checkRole(text string) error {
	if _, _, ok := aws.ParseRole(text); !ok {
		return vaultcore.Faultf(vaultcore.ErrRequest, "a role's ARN starts with arn: and ends with the account and role/NAME")
	}
	return nil
}

// proposedName is a name for the profile of a role that no other has: the role's own,
// else with the name of the profile that it starts from.
func proposedName(role, source string, taken func(name string) bool) string {
	if !taken(role) {
		return role
	}
	name := source + "-" + role
	for n := 2; taken(name); n++ {
		name = fmt.Sprintf("%s-%s-%d", source, role, n)
	}
	return name
}

// setRegion sets the region of a profile, which the person types, in the config file.
func (a *Actions) setRegion(ctx context.Context, c click) error {
	head := "Region of " + vaultcore.Printable(c.Profile)
	region, err := a.dialogs.Type(ctx, dialog.Line{
		Title: head, Text: "Region, such as eu-central-1:", Start: a.regionOf(ctx, c.Profile), Check: checkRegion,
	})
	if err != nil {
		return err
	}
	_, err = a.edit(ctx, agent.EditRequest{Profile: c.Profile, Region: region}, head, "Write it?")
	return err
}

// edit shows a change to a profile in the config file, and makes it when the person
// agrees.
func (a *Actions) edit(ctx context.Context, r agent.EditRequest, head, text string) (agent.SetupResult, error) {
	shown, err := a.vault.EditProfile(ctx, r)
	if err != nil || shown.Diff == "" {
		return shown, err
	}
	sure, err := a.dialogs.ConfirmChange(ctx, head, text, shown.Diff)
	if err != nil || !sure {
		return shown, err
	}
	r.Agreed = shown.Diff
	return a.vault.EditProfile(ctx, r)
}

// setColor sets the color of a profile's own browser window.
func (a *Actions) setColor(ctx context.Context, c click) error {
	colors := append([]string{""}, settings.Colors()...)
	lines := slices.Clone(colors)
	lines[0] = "none"
	at, err := a.dialogs.Pick(ctx, "Window color of "+vaultcore.Printable(c.Profile), "Its console opens in a browser window of this color, if it has a window of its own.", lines)
	if err != nil {
		return err
	}
	return a.vault.Set(ctx, agent.SetRequest{Profile: c.Profile, Key: "color", Value: colors[at], Caller: vaultcore.Click(c.Profile)})
}
