package dialog

import (
	"context"
	"errors"
	"time"

	"github.com/ncruces/zenity"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/search"
)

// Find lets the person choose one of the profiles that fit a query, and returns its
// name. Of many they type first what the wanted one has in it, and from the list they
// can go back to that: part of a name, an account's id or name, a role, an ARN, or the
// address of a console. It may return: ErrCanceled, ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Find(ctx context.Context, profiles []vaultcore.ProfileState, query string) (string, error) {
	leave, err := d.screen.ask(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	notice, ask := "", query == "" && len(profiles) >= many
	for ; ; ask = true {
		if ask {
			if query, err = d.typed(ctx, entry{title: title(findTitle), lines: []string{notice, findText}}, longest); err != nil {
				return "", err
			}
		}
		found := search.Profiles(profiles, query)
		notice = ""
		switch {
		case len(found) == 0:
			notice = noMatch(query)
			continue
		case len(found) == 1 && query != "":
			return found[0].Name, nil
		}
		name, err := d.pickProfile(ctx, found)
		if !errors.Is(err, zenity.ErrExtraButton) {
			return name, err
		}
	}
}

const findTitle = "Find a profile"

const findText = "Name, account, role, ARN or console address (empty for all):"

// pickProfile lets the person choose among those that fit. It returns
// zenity.ErrExtraButton when they want to search.
func (d *Dialogs) pickProfile(ctx context.Context, found []vaultcore.ProfileState) (string, error) {
	at, err := d.chooseRow(ctx, Table{Title: findTitle, Text: vaultcore.Counted(len(found), "profile"), Heads: search.Heads[1:], Rows: profileRows(found, time.Now()), Other: "Search…"})
	if err != nil {
		return "", err
	}
	return found[at].Name, nil
}

// isNo says whether the person closed a dialog without an answer.
func isNo(err error) bool {
	return errors.Is(err, vaultcore.ErrCanceled) && !errors.Is(err, vaultcore.ErrUnanswered)
}

// profileRows are profiles as rows of a list. The sign of the state is before the name:
// what is typed ahead is looked for in the first column.
func profileRows(profiles []vaultcore.ProfileState, now time.Time) [][]string {
	rows := make([][]string, len(profiles))
	for i, p := range profiles {
		row := search.Row(p, now)
		row[1] = row[0] + " " + row[1]
		rows[i] = row[1:]
	}
	return rows
}
