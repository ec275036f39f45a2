package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// propose proposes, at a person's terminal, to protect those of the profiles just set up
// whose names look like production. It is one question, and either answer is kept:
// nobody is asked about a profile twice. That it cannot be asked is no failure of the
// command, whose work is done.
func (p *program) propose(ctx context.Context, app *agent.Client, t *terminal.Terminal, profiles ...string) {
	if !t.Attended() {
		return
	}
	snap, err := app.Snapshot(ctx)
	if err != nil {
		return
	}
	var names, shown []string
	for _, s := range snap.Profiles {
		if s.Propose && slices.Contains(profiles, s.Name) {
			names, shown = append(names, s.Name), append(shown, vaultcore.Printable(s.Name))
		}
	}
	if len(names) == 0 {
		return
	}
	question, value := shown[0]+" looks like production. Ask you before a program gets its credentials?", "no"
	if last := len(shown) - 1; last > 0 {
		question = strings.Join(shown[:last], ", ") + " and " + shown[last] + " look like production. Ask you before a program gets their credentials?"
	}
	sure, err := t.Confirm(ctx, question, false)
	if err != nil {
		return
	}
	if sure {
		value = "yes"
	}
	for _, name := range names {
		if err := app.Set(ctx, agent.SetRequest{Profile: name, Key: "protected", Value: value}); err != nil {
			p.hint("run `vaultbar settings set --profile " + vaultcore.Argument(name) + " protected " + value + "`: " + err.Error())
			return
		}
	}
	if sure {
		p.tell("Protected. `vaultbar settings set --profile PROFILE protected no` undoes it.")
	}
}
