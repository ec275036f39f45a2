package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

func (p *program) watchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "watch",
		Short: "Print a line for each change of a session, until stopped",
		Args:  nothingMore,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.watch(cmd.Context()) },
	}
}

// watch prints what has changed since it last looked.
func (p *program) watch(ctx context.Context) error {
	p.catch()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	app := p.app.Client()
	wake := broadcast.NewWake()
	ended := make(chan error, 1)
	go func() { ended <- app.Watch(ctx, wake.Notify) }()
	known := make(map[string]string)
	for {
		select {
		case <-wake:
			if err := p.printChanges(ctx, app, known); err != nil {
				return err
			}
		case err := <-ended:
			return err
		}
	}
}

// printChanges prints the profiles that are in another state than is known.
func (p *program) printChanges(ctx context.Context, app agent.Service, known map[string]string) error {
	snapshot, err := app.Snapshot(ctx)
	if errors.Is(err, vaultcore.ErrLocked) {
		clear(known)
		return p.print([]byte(time.Now().Format("15:04:05") + "  locked\n"))
	}
	if err != nil {
		return err
	}
	for _, state := range snapshot.Profiles {
		now := report.State(state)
		if was, seen := known[state.Name]; was == now || !seen && state.State == vaultcore.StateNone {
			known[state.Name] = now
			continue
		}
		known[state.Name] = now
		line := fmt.Sprintf("%s  %s  %s\n", time.Now().Format("15:04:05"), vaultcore.Printable(state.Name), now)
		if err := p.print([]byte(line)); err != nil {
			return err
		}
	}
	return nil
}
