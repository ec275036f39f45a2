package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/awsvault"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
)

type listOptions struct {
	long, json                      bool
	profiles, credentials, sessions bool
}

func (p *program) listCommand() *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use:   "list [flags]",
		Short: "List profiles, their keys and their sessions",
		Args:  nothingMore,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.list(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.long, "long", "l", false, "show accounts, roles and what renews")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.BoolVar(&o.profiles, "profiles", false, "only the names of the profiles")
	flags.BoolVar(&o.credentials, "credentials", false, "only the names of the keys in the keychain")
	flags.BoolVar(&o.sessions, "sessions", false, "only the sessions")
	for _, names := range []string{"profiles", "credentials", "sessions"} {
		cmd.MarkFlagsMutuallyExclusive("long", "json", names)
	}
	return cmd
}

func (p *program) list(ctx context.Context, o listOptions) error {
	if o.profiles && !o.credentials { // of several the first counts, as in aws-vault
		return p.listNames(ctx)
	}
	snap, err := p.app.Client().Snapshot(ctx)
	if err != nil {
		return err
	}
	if o.json {
		return p.printJSON(report.SnapshotJSON(snap))
	}
	p.warn(snap.Faults...)
	now := time.Now()
	text := report.List(snap, now)
	switch {
	case o.credentials:
		text = report.Lines(snap.Keys)
	case o.sessions:
		text = report.Sessions(snap, now, p.name != awsvault.Name)
	case o.long:
		text = report.ListLong(snap, now)
	}
	if err := p.print([]byte(text)); err != nil {
		return err
	}
	p.adviseImport(snap)
	return nil
}

// adviseImport tells a person of keys in plain text.
func (p *program) adviseImport(snap vaultcore.Snapshot) {
	n := len(snap.Plain)
	if n == 0 || !p.terminal().Attended() {
		return
	}
	if n == 1 {
		p.hint("1 access key is in plain text: `vaultbar import` moves it into the keychain")
		return
	}
	p.hint(report.Counted(n, "access key") + " are in plain text: `vaultbar import` moves them into the keychain")
}

// listNames lists the profiles' names only, which needs no keychain.
func (p *program) listNames(ctx context.Context) error {
	names, err := profileNames(ctx, p.app.Client())
	if err != nil {
		return err
	}
	return p.print([]byte(report.Lines(names)))
}
