package ui

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// maxActivity is how many lines of the audit trail a list shows.
const maxActivity = 200

// activity shows recent activity, and all that is known of what the person chooses
// there.
func (a *Actions) activity(ctx context.Context, _ click) error {
	status, err := a.vault.Status(ctx)
	if err != nil {
		return err
	}
	var latest []record.Entry
	_, err = record.Read(status.Trail, func(l record.Line) {
		if latest = append(latest, l.Entry); len(latest) > 2*maxActivity {
			latest = slices.Delete(latest, 0, maxActivity)
		}
	})
	if err != nil {
		return err
	}
	slices.Reverse(latest)
	latest = latest[:min(len(latest), maxActivity)]
	for {
		at, err := a.dialogs.Choose(ctx, dialog.Table{
			Title: "Recent activity", Text: "`vaultbar log` shows all of it.",
			Heads: []string{"Time", "Profile", "What", "Who", "Result"}, Rows: activityRows(latest), Yes: "Details", No: "Close",
		})
		if err != nil {
			return err
		}
		if err := a.dialogs.Tell(ctx, dialog.Message{Title: "Activity of " + latest[at].Time.Local().Format("15:04:05"), Text: details(latest[at])}); err != nil {
			return err
		}
	}
}

func activityRows(entries []record.Entry) [][]string {
	rows := make([][]string, len(entries))
	for i, e := range entries {
		result := ""
		if e.Outcome != record.Done {
			result = e.Outcome
		}
		rows[i] = []string{e.Time.Local().Format("Jan 2 15:04:05"), e.Profile, e.What(), e.Who(), cmp.Or(result, e.AccessKeyID, e.Detail)}
	}
	return rows
}

// details is all that a line of the trail says, for a person.
func details(e record.Entry) string {
	expires := ""
	if e.Expires != nil {
		expires = e.Expires.Local().Format("2006-01-02 15:04:05")
	}
	asked, asker := e.Chain(), e.Asker()
	if asker.PID != 0 {
		asked += fmt.Sprintf(", process %d", asker.PID)
	}
	allowed := e.Allowed
	if e.Grant != 0 {
		allowed += fmt.Sprintf(" (grant %d)", e.Grant)
	}
	var lines []string
	for _, fact := range [][2]string{
		{"Time", e.Time.Local().Format("2006-01-02 15:04:05")}, {"What", e.What()}, {"Profile", e.Profile}, {"Asked by", asked}, {"Program", asker.Path}, {"Terminal", asker.Terminal}, {"AI agent", e.Agent},
		{"Result", e.Outcome}, {"Reason", e.Reason}, {"Allowed by", allowed}, {"Account", e.Account}, {"Role", e.Role},
		{"Session name", e.SessionName}, {"Access key id", e.AccessKeyID}, {"Expires", expires}, {"Detail", e.Detail},
	} {
		if fact[1] != "" {
			lines = append(lines, fact[0]+": "+vaultcore.Printable(fact[1]))
		}
	}
	return strings.Join(lines, "\n")
}
