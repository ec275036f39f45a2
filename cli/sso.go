package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

func (p *program) ssoCommand() *cobra.Command {
	return parent(&cobra.Command{
		Use:   "sso COMMAND",
		Short: "List the accounts and roles of a sign-in, and write profiles for them",
		Long: `What IAM Identity Center lists for whoever is signed in. SESSION is the name of an
[sso-session], or a profile that uses one; it can be left out where there is only one.`,
	}, "sso accounts|roles|sync [SESSION]", p.ssoAccountsCommand(), p.ssoRolesCommand(), p.ssoSyncCommand())
}

func (p *program) ssoAccountsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "accounts [flags] [SESSION]",
		Short:             "List the accounts that you have access to",
		Args:              atMostOne("session"),
		ValidArgsFunction: p.completesOne(sessionNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.ssoAccounts(cmd.Context(), named(args), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (p *program) ssoRolesCommand() *cobra.Command {
	var asJSON bool
	var accounts []string
	cmd := &cobra.Command{
		Use:               "roles [flags] [SESSION]",
		Short:             "List your roles in them",
		Args:              atMostOne("session"),
		ValidArgsFunction: p.completesOne(sessionNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.ssoRoles(cmd.Context(), named(args), accounts, asJSON)
		},
	}
	cmd.Flags().StringSliceVar(&accounts, "account", nil, "only in this `account`, by its id or name; may be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// sessionNames are the sign-ins to IAM Identity Center.
func sessionNames(ctx context.Context, app *agent.Client) (names []string, err error) {
	snap, err := app.Snapshot(ctx)
	for _, in := range snap.SignIns {
		if in.Kind == vaultcore.SSOSource {
			names = append(names, in.Name)
		}
	}
	return names, err
}

func (p *program) ssoAccounts(ctx context.Context, session string, asJSON bool) error {
	all, err := p.listAccounts(ctx, agent.AccountsRequest{SignIn: session})
	if err != nil {
		return err
	}
	if asJSON {
		return p.printJSON(all)
	}
	return p.print([]byte(report.Accounts(all)))
}

func (p *program) ssoRoles(ctx context.Context, session string, accounts []string, asJSON bool) error {
	all, err := p.listAccounts(ctx, agent.AccountsRequest{SignIn: session, Roles: true, Accounts: accounts})
	if err != nil {
		return err
	}
	for _, wanted := range accounts {
		if !slices.ContainsFunc(all, func(a vaultcore.Account) bool { return a.ID == wanted || a.Name == wanted }) {
			return usagef("you have no account %q", vaultcore.Printable(wanted)).
				WithHint("`vaultbar sso accounts` lists your accounts")
		}
	}
	if asJSON {
		return p.printJSON(all)
	}
	return p.print([]byte(report.Roles(all)))
}

// listAccounts takes a listing page by page, and says on a terminal how far it is. An
// app that goes away meanwhile goes on where it was once it is back.
func (p *program) listAccounts(ctx context.Context, r agent.AccountsRequest) ([]vaultcore.Account, error) {
	app, all := p.app.Client(), []vaultcore.Account{}
	progress := terminal.NewProgress(p.err)
	defer progress.Clear()
	for {
		asker, err := p.asker(asking{}, false)
		if err != nil {
			return nil, err
		}
		r.Caller = p.caller(asker, "")
		page, err := reach.Request(ctx, asker, app.ListAccounts, r)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Accounts...)
		if r.After = page.Next; r.After == "" {
			return all, nil
		}
		progress.Show(fmt.Sprintf("Listing %s: %d of %d accounts", vaultcore.Printable(page.SignIn), page.Done, page.Total))
	}
}
