package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/search"
)

// profileFor is the profile that was named, else the one of this shell, else that of the
// folder, else one that the person picks. usage is the command as it is used with a
// profile.
func (p *program) profileFor(ctx context.Context, app agent.Service, t *terminal.Terminal, named, usage string) (string, error) {
	if named != "" {
		return named, nil
	}
	in := p.implied()
	if in.profile != "" {
		return in.profile, nil
	}
	p.complain(in.folder)
	if !t.Attended() {
		return "", usagef("missing profile name").
			WithHint("usage: vaultbar %s, or with AWS_PROFILE set or a trusted .vaultbar\n`vaultbar list --profiles` shows the profiles", usage)
	}
	snap, err := app.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	if len(snap.Profiles) == 0 {
		return "", noProfiles()
	}
	return p.pick(ctx, t, snap.Profiles, snap.Profiles)
}

func noProfiles() error {
	return vaultcore.Faultf(vaultcore.ErrNoProfile, "there are no profiles yet").
		WithHint("run `vaultbar add NAME` to add one")
}

// pick lets the person at the terminal choose a profile, by its number or by
// typing what narrows the list down. The list is first what is shown. An empty line
// shows the whole list.
func (p *program) pick(ctx context.Context, t *terminal.Terminal, all, shown []vaultcore.ProfileState) (string, error) {
	for {
		p.showChoices(shown)
		n, answer, err := number(ctx, t, fmt.Sprintf("Which profile? [1-%d, or part of its name] ", len(shown)), len(shown))
		if err != nil {
			return "", err
		}
		if n > 0 {
			return shown[n-1].Name, nil
		}
		switch found := search.Profiles(all, answer); len(found) {
		case 0:
			p.tell("Nothing matches %q.", vaultcore.Printable(answer))
			shown = all
		case 1:
			return found[0].Name, nil
		default:
			shown = found
		}
	}
}

// showChoices shows a numbered list of profiles.
func (p *program) showChoices(states []vaultcore.ProfileState) {
	rows, now := make([][]string, len(states)), time.Now()
	for i, state := range states {
		rows[i] = search.Row(state, now)
		rows[i][0] = fmt.Sprintf("%*d. %s", len(strconv.Itoa(len(states)))+2, i+1, rows[i][0])
	}
	for line := range strings.Lines(report.Columns(rows, 0, 2)) {
		p.tell("%s", line)
	}
}
