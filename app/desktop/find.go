package desktop

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Find lets the person look for a profile and returns its name. What they type
// or paste may be part of a name, an account id, a role, an ARN, or the address
// of a console; when several fit, a list of them is shown. It returns "" when
// they leave it. It may return: ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Find(ctx context.Context, profiles []vaultcore.ProfileState) (string, error) {
	leave, err := d.turn.ask(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	notice := ""
	for {
		query, err := d.typed(ctx, entry{title: title("find a profile"), lines: []string{notice, findText}}, longest)
		if isNo(err) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		found := Match(profiles, query)
		switch len(found) {
		case 0:
			notice = fmt.Sprintf("Nothing fits “%s”.", vaultcore.Printable(query))
			continue
		case 1:
			return found[0].Name, nil
		}
		return d.pickProfile(ctx, found)
	}
}

const findText = "Name, account id, role, ARN or console address (empty for all):"

// pickProfile lets the person choose among those that fit.
func (d *Dialogs) pickProfile(ctx context.Context, found []vaultcore.ProfileState) (string, error) {
	text := fmt.Sprintf("%d profiles. Type to go to one.", len(found))
	at, err := d.choose(ctx, title("find a profile"), text, "Cancel", rows(found, time.Now()))
	if err != nil || at < 0 {
		return "", err
	}
	return found[at].Name, nil
}

// isNo says whether a dialog was closed without an answer.
func isNo(err error) bool { return errors.Is(err, vaultcore.ErrCanceled) }

// marks are the signs of the states, as the menu has them.
var marks = map[vaultcore.State]string{
	vaultcore.StateActive:  "●",
	vaultcore.StateEnding:  "◐",
	vaultcore.StateFailed:  "✕",
	vaultcore.StateWaiting: "◌",
}

// rows are profiles as lines of a list: sign, name, then what else tells them
// apart. No two are the same.
func rows(profiles []vaultcore.ProfileState, now time.Time) []string {
	var all []string
	for _, p := range profiles {
		mark, ok := marks[p.State]
		if !ok {
			mark = "○"
		}
		cells := []string{mark + " " + vaultcore.Printable(p.Name)}
		for _, more := range []string{p.Role, p.Account, p.Region} {
			if more != "" {
				cells = append(cells, vaultcore.Printable(more))
			}
		}
		if left := p.Expires.Sub(now); left > 0 {
			cells = append(cells, vaultcore.TimeLeft(left))
		}
		all = append(all, strings.Join(cells, "   "))
	}
	return distinct(all)
}

// distinct numbers the lines that look alike: a name may be too long to show
// where it differs.
func distinct(all []string) []string {
	used := make(map[string]bool)
	out := make([]string, len(all))
	for i, text := range all {
		shown := text
		for n := 2; used[shown]; n++ {
			shown = fmt.Sprintf("%s (%d)", text, n)
		}
		used[shown] = true
		out[i] = shown
	}
	return out
}

// The heights that a list may take on the screen.
const (
	rowHeight  = 24
	listFrame  = 150
	mostHeight = 600
)

// listHeight shows as many rows as there is room for.
func listHeight(n int) uint {
	return uint(min(listFrame+n*rowHeight, mostHeight))
}
