package dialog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/search"
)

// Find lets the person look for a profile and returns its name. What they type
// or paste may be part of a name, an account's id or name, a role, an ARN, or the address
// of a console; when several fit, a list of them is shown. It returns "" when
// they leave it. It may return: ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Find(ctx context.Context, profiles []vaultcore.ProfileState) (string, error) {
	leave, err := d.screen.ask(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	notice := ""
	for {
		query, err := d.typed(ctx, entry{title: title(findTitle), lines: []string{notice, findText}}, longest)
		if isNo(err) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		found := search.Profiles(profiles, query)
		switch len(found) {
		case 0:
			notice = noMatch(query)
			continue
		case 1:
			return found[0].Name, nil
		}
		return d.pickProfile(ctx, found)
	}
}

const findTitle = "Find a profile"

const findText = "Name, account, role, ARN or console address (empty for all):"

// pickProfile lets the person choose among those that fit.
func (d *Dialogs) pickProfile(ctx context.Context, found []vaultcore.ProfileState) (string, error) {
	at, err := d.chooseRow(ctx, Table{
		Title: findTitle, Text: fmt.Sprintf("%d profiles", len(found)), Heads: profileHeads, Rows: profileRows(found, time.Now()),
	})
	if err != nil || at < 0 {
		return "", err
	}
	return found[at].Name, nil
}

// isNo says whether a dialog was closed without an answer.
func isNo(err error) bool { return errors.Is(err, vaultcore.ErrCanceled) }

// profileHeads are the columns of a list of profiles.
var profileHeads = []string{"Profile", "Role", "Account", "Region", "Time left"}

// profileRows are profiles as rows of a list: sign and name, then what else tells
// them apart.
func profileRows(profiles []vaultcore.ProfileState, now time.Time) [][]string {
	rows := make([][]string, len(profiles))
	for i, p := range profiles {
		left := ""
		if rest := p.Expires.Sub(now); rest > 0 {
			left = vaultcore.TimeLeft(rest)
		}
		rows[i] = []string{p.Mark() + " " + vaultcore.Printable(p.Name), p.Role, p.AccountLabel(), p.Region, left}
	}
	return rows
}
