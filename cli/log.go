package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/launch"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

type logOptions struct {
	profile string
	agent   string
	since   time.Time
	lines   int // at most; 0 for all
	follow  bool
	json    bool
	verify  bool
}

func (p *program) logCommand() *cobra.Command {
	var o logOptions
	cmd := &cobra.Command{
		Use:   "log [flags]",
		Short: "Show the audit trail: who got credentials, and what changed",
		Long: `Show the audit trail: what was issued and refused, approvals, sign-ins, changes of
keys and settings, and locks. No secret is in it. The access key id of
a session is CloudTrail's userIdentity.accessKeyId.

--verify checks that every line is as it was written: each is chained to the one
before. The exit code is 1 when one was changed, removed or cut off.`,
		Example: `  vaultbar log --profile prod-admin --since 2h
  vaultbar log --follow --agent any
  vaultbar log --json --since 2026-11-29 | jq -r .access_key_id`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.lines < 0 {
				return usagef("--lines must not be negative")
			}
			if !o.since.IsZero() && !cmd.Flags().Changed("lines") {
				o.lines = 0
			}
			return nothingMore(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return p.log(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.profile, "profile", "", "only what is about the profile of this `name`")
	flags.StringVar(&o.agent, "agent", "", "only what the AI agent of this `name` asked for, or any with \"any\"")
	flags.Var(since(&o.since), "since", "only what is newer than this: a duration such as 2h or 7d, a day, or a day and a time")
	flags.IntVarP(&o.lines, "lines", "n", 50, "at most this many of the latest; 0 for all, as with --since")
	flags.BoolVarP(&o.follow, "follow", "f", false, "keep printing what happens from now on, until stopped")
	flags.BoolVar(&o.json, "json", false, "print the lines as they are stored: JSON")
	flags.BoolVar(&o.verify, "verify", false, "check that the trail is as it was written")
	for _, other := range []string{"profile", "agent", "since", "lines", "follow", "json"} {
		cmd.MarkFlagsMutuallyExclusive("verify", other)
	}
	complete(cmd, "profile", p.completesValue(profileNames))
	complete(cmd, "agent", cobra.NoFileCompletions)
	complete(cmd, "since", cobra.NoFileCompletions)
	complete(cmd, "lines", cobra.NoFileCompletions)
	return cmd
}

func (p *program) log(ctx context.Context, o logOptions) error {
	status, err := p.app.Client().Status(ctx)
	if err != nil {
		return err
	}
	if status.Trail == "" {
		return vaultcore.Faultf(vaultcore.ErrVersion, "the running app keeps no audit trail").WithHint("`vaultbar restart` starts the installed one")
	}
	if status.TrailTrouble != "" {
		p.warn(status.TrailTrouble)
	}
	if o.verify {
		return p.verifyLog(ctx, status.Trail)
	}
	shown, last, err := recorded(status.Trail, o)
	if err != nil {
		return err
	}
	if err := p.printLog(shown, o.json); err != nil || !o.follow {
		return err
	}
	p.catch()
	return record.Follow(ctx, status.Trail, last, func(l record.Line) error {
		if !o.wants(l.Entry) {
			return nil
		}
		return p.printLog([]record.Line{l}, o.json)
	})
}

// recorded are the lines that are wanted, oldest first.
func recorded(folder string, o logOptions) (shown []record.Line, last int64, err error) {
	last, err = record.Read(folder, func(l record.Line) {
		if !o.wants(l.Entry) {
			return
		}
		l.Text = slices.Clone(l.Text)
		if shown = append(shown, l); o.lines > 0 && len(shown) > 2*o.lines {
			shown = slices.Delete(shown, 0, len(shown)-o.lines)
		}
	})
	if o.lines > 0 && len(shown) > o.lines {
		shown = shown[len(shown)-o.lines:]
	}
	return shown, last, err
}

// wants says whether an entry is to be shown.
func (o logOptions) wants(e record.Entry) bool {
	return (o.profile == "" || e.Profile == o.profile) && (o.agent == "" || e.Agent == o.agent || o.agent == "any" && e.Agent != "") && !e.Time.Before(o.since)
}

// printLog prints lines for a person, or as they are.
func (p *program) printLog(shown []record.Line, asJSON bool) error {
	if !asJSON {
		return p.print([]byte(report.Log(shown)))
	}
	var text []byte
	for _, l := range shown {
		text = append(append(text, l.Text...), '\n')
	}
	return p.print(text)
}

// verifyLog says whether the trail is as it was written. The app's program looks, in a
// process of its own: the app that writes it is not asked, and a command that hands out
// credentials links nothing that hashes.
func (p *program) verifyLog(ctx context.Context, folder string) error {
	path, err := launch.Find(p.env.get("VAULTBAR_APP"))
	if err != nil {
		return err
	}
	var found record.Report
	if err := p.askProgram(ctx, path, "verify", folder, &found); err != nil {
		return err
	}
	if err := p.print([]byte(report.Verified(found))); err != nil || len(found.Damage) == 0 {
		return err
	}
	return vaultcore.Faultf(vaultcore.ErrTampered, "the audit trail in %s is not as it was written", folder).
		WithHint("a full disk or a crash can cut it off; otherwise a program or a person changed it")
}
