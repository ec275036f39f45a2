package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type rotateOptions struct {
	wanted agent.RotateRequest
	status bool
	dry    bool
	yes    bool
}

// usualGrace is how long an old key is kept, inactive, when nothing else is said.
const usualGrace = 24 * time.Hour

func (p *program) rotateCommand() *cobra.Command {
	o := rotateOptions{wanted: agent.RotateRequest{Grace: usualGrace}}
	cmd := &cobra.Command{
		Use:   "rotate [flags] [PROFILE…]",
		Short: "Replace an access key with a new one",
		Long: `Replace the access key behind a profile with a new one. The new key is created and
kept next to the old one until it works everywhere in AWS; then it takes the old one's
place, and the old key is made inactive. The app deletes it a day later, which leaves
time to find what still uses it elsewhere: reactivate it in the IAM console, and it is
kept. All of it is shown first.

If a rotation is interrupted, the same command resumes it. Profiles that share the key
are rotated together. Where a policy denies IAM calls without MFA, you are asked for a
code.`,
		Example: `  vaultbar rotate --dry-run bastion
  vaultbar rotate bastion
  vaultbar rotate --status`,
		ValidArgsFunction: p.completes(profileNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.wanted.Regrace = cmd.Flags().Changed("delete-after")
			if o.status {
				return p.rotations(cmd.Context(), args)
			}
			return p.rotate(cmd.Context(), args, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.wanted.Replace, "replace", "", "delete the user's other key first, given by its `id` or the end of it")
	flags.Var(duration(&o.wanted.Grace), "delete-after", "delete the old key after this time; 0 for at once")
	flags.BoolVarP(&o.wanted.NoSession, "no-session", "n", false, "make no session with MFA: sign with the key alone")
	flags.BoolVar(&o.dry, "dry-run", false, "only show what would be done")
	flags.BoolVarP(&o.yes, "yes", "y", false, "do it without asking")
	flags.BoolVar(&o.status, "status", false, "show the rotations that are not finished")
	for _, other := range []string{"replace", "delete-after", "no-session", "dry-run", "yes"} {
		cmd.MarkFlagsMutuallyExclusive("status", other)
	}
	return cmd
}

// rotate rotates the keys of profiles, one after the other, each once.
func (p *program) rotate(ctx context.Context, profiles []string, o rotateOptions) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	app := p.app.Client()
	if len(profiles) == 0 {
		name, err := p.keyToRotate(ctx, app, asker.Terminal, o.yes)
		if err != nil {
			return err
		}
		profiles = []string{name}
	}
	var done []string // the profiles whose keys have been rotated
	for _, profile := range profiles {
		if slices.Contains(done, profile) {
			p.tell("%s shares a key that has just been rotated.", vaultcore.Printable(profile))
			continue
		}
		o.wanted.Profile, o.wanted.Caller = profile, p.caller(asker, "")
		shared, err := p.rotateOne(ctx, app, asker, o)
		if err != nil {
			return err
		}
		done = append(done, shared...)
	}
	return nil
}

// keyToRotate is the profile of this shell, the one key that there is, or one that the
// person picks. Who is not asked has to name it.
func (p *program) keyToRotate(ctx context.Context, app agent.Service, t *terminal.Terminal, unasked bool) (string, error) {
	if name := cmp.Or(p.env.get("AWS_VAULT"), p.env.get("AWS_PROFILE")); name != "" {
		return name, nil
	}
	if unasked {
		return "", usagef("missing profile name").WithHint("usage: vaultbar rotate --yes PROFILE…")
	}
	snap, err := app.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	if len(snap.Keys) == 1 {
		return snap.Keys[0], nil
	}
	return p.profileFor(ctx, app, t, "", "rotate [PROFILE…]")
}

// rotateOne shows what is to be done with one key, and does it when the person agrees. It
// returns the profiles that have a new key then.
func (p *program) rotateOne(ctx context.Context, app agent.Service, asker *terminal.Asker, o rotateOptions) ([]string, error) {
	shown, err := reach.Request(ctx, asker, app.Rotate, o.wanted)
	if err != nil {
		return nil, err
	}
	if err := p.print([]byte(report.Rotation(shown))); err != nil {
		return nil, err
	}
	for _, note := range shown.Notes {
		p.tell("%s", note)
	}
	shared := slices.Concat(shown.Names, shown.Profiles)
	switch {
	case shown.Plan == "":
		p.hint("`vaultbar rotate --delete-after 0 " + vaultcore.Printable(o.wanted.Profile) + "` deletes the old key now")
		return shared, nil
	case o.dry:
		return shared, nil
	}
	if !o.yes {
		if err := agree(ctx, asker.Terminal, "Do this?", true, "--yes does it without asking", "nothing was rotated"); err != nil {
			return nil, err
		}
	}
	if terminal.Is(p.err) && triesKey(shown.Rotation) {
		p.tell("Trying the new key until AWS knows it everywhere, which takes a few seconds.")
	}
	o.wanted.Agreed = shown.Plan
	done, err := app.Rotate(ctx, o.wanted)
	if err != nil {
		return nil, goesOn(err, o.wanted.Profile)
	}
	if old := shown.Rotation; done.Rotation == nil && old != nil && old.Stage == vaultcore.RotationInactive {
		p.tell("%s is deleted. %s is the key of %s since the last rotation; the same command again makes a new one.", old.Old, done.Key, report.Names(shared))
		return shared, nil
	}
	p.tell("%s is now the key of %s.", done.Key, report.Names(shared))
	if done.Rotation != nil {
		p.tell("%s.", vaultcore.Capital(done.Rotation.State(time.Now())))
	}
	return shared, nil
}

// triesKey says whether what is left of a rotation waits until AWS knows the new key.
func triesKey(r *vaultcore.Rotation) bool {
	return r == nil || r.Stage == vaultcore.RotationCreating || r.Stage == vaultcore.RotationCreated
}

// goesOn says how a rotation goes on when the app has gone away in the middle of it.
func goesOn(err error, profile string) error {
	if !reach.Lost(err) {
		return err
	}
	return &vaultcore.Fault{Kind: vaultcore.ErrUnreachable, Message: err.Error(), Cause: err,
		Hint: "the key in use works; `vaultbar rotate " + vaultcore.Argument(profile) + "` finds out how far it got, and resumes"}
}

// rotations shows the rotations that are not finished: those of these profiles, or all.
func (p *program) rotations(ctx context.Context, profiles []string) error {
	snap, err := p.app.Client().Snapshot(ctx)
	if err != nil {
		return err
	}
	of := func(r vaultcore.Rotation) bool {
		return len(profiles) == 0 || slices.ContainsFunc(profiles, func(name string) bool { return slices.Contains(r.Names, snap.KeyOf(name)) })
	}
	var b strings.Builder
	now := time.Now()
	for _, r := range snap.Rotating {
		if of(r) {
			fmt.Fprintf(&b, "%s: %s\n", report.Names(r.Names), r.State(now))
		}
	}
	if b.Len() == 0 {
		p.tell("No rotation is unfinished.")
		return nil
	}
	return p.print([]byte(b.String()))
}
