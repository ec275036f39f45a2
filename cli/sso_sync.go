package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type syncOptions struct {
	session  string
	region   string
	template string
	ignore   []string
	prune    bool
	dryRun   bool
	yes      bool
}

func (p *program) ssoSyncCommand() *cobra.Command {
	var o syncOptions
	cmd := &cobra.Command{
		Use:   "sync [flags] [SESSION]",
		Short: "Write a profile for each of your roles",
		Long: `Write a profile for each role in each account into the config file. The change is
shown first. A role that already has a profile gets no second one, profiles keep
their names, and lines that sync did not write stay as they are. Its own profiles
have the line "vaultbar_sso_sync = yes"; without that line one is yours.

A listing that was interrupted resumes where it stopped.`,
		Args:              atMostOne("session"),
		ValidArgsFunction: p.completesOne(sessionNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.session = named(args)
			return p.ssoSync(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.Var(region(&o.region), "region", "the region of new profiles; else that of the sign-in")
	flags.StringVar(&o.template, "template", "", "the names of new profiles; {account_name}-{role} where not given, other fields are {account_id}, {email}, {sign_in}")
	flags.StringSliceVar(&o.ignore, "ignore", nil, "leave out accounts, by id or name, and roles that match this `pattern`; may be repeated")
	flags.BoolVar(&o.prune, "prune", false, "remove profiles that sync wrote and whose roles are no longer listed")
	flags.BoolVarP(&o.dryRun, "dry-run", "n", false, "only show the change")
	flags.BoolVarP(&o.yes, "yes", "y", false, "write without asking")
	return cmd
}

// ssoSync lists what there is, shows the change, and makes it when the person agrees.
func (p *program) ssoSync(ctx context.Context, o syncOptions) error {
	if _, err := p.listAccounts(ctx, agent.AccountsRequest{SignIn: o.session, Roles: true}); err != nil {
		return err
	}
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	wanted := agent.SyncRequest{
		SignIn: o.session, Region: o.region, Template: o.template, Ignore: o.ignore, Prune: o.prune, Caller: p.caller(asker, ""),
	}
	app := p.app.Client()
	shown, err := app.SyncProfiles(ctx, wanted)
	if err != nil {
		return err
	}
	if changes, err := p.show(shown.SetupResult); err != nil || !changes {
		return err
	}
	p.tell("%s in %s.", count(shown), p.tilde(shown.File))
	if o.dryRun {
		return nil
	}
	if err := p.mayWrite(ctx, o.yes); err != nil {
		return err
	}
	wanted.Agreed = shown.Change
	done, err := app.SyncProfiles(ctx, wanted)
	return p.wrote(done.SetupResult, err)
}

// count says how much a change is: "3 profiles to add, 1 to take out".
func count(r agent.SyncResult) string {
	what := "profiles"
	if r.Added+r.Removed == 1 {
		what = "profile"
	}
	switch {
	case r.Removed == 0:
		return fmt.Sprintf("%d %s to add", r.Added, what)
	case r.Added == 0:
		return fmt.Sprintf("%d %s to remove", r.Removed, what)
	default:
		return fmt.Sprintf("%d %s to add, %d to remove", r.Added, what, r.Removed)
	}
}
