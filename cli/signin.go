package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

func (p *program) signInCommand() *cobra.Command {
	var r agent.SignInRequest
	cmd := &cobra.Command{
		Use:   "signin [flags] [SESSION|PROFILE]",
		Short: "Sign in once, for all profiles that share the sign-in",
		Long: `Sign in to IAM Identity Center or to AWS: once, for all profiles and programs that
use it. SESSION is the name of an [sso-session], else a start URL; a profile
means what it signs in with.

Signing in again joins the session that is active at AWS, and ends when it does.
With --force that session is ended first.`,
		Args:              atMostOne("name"),
		ValidArgsFunction: p.completesOne(signInNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.signInTo(cmd.Context(), r, named(args))
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&r.DeviceCode, "device-code", false, "sign in with a code, in a browser on any computer")
	flags.BoolVar(&r.NoBrowser, "no-browser", false, "print the address instead, for a browser on this computer")
	flags.BoolVar(&r.Force, "force", false, "end the session at AWS first, so that a new one begins")
	cmd.MarkFlagsMutuallyExclusive("device-code", "no-browser")
	return cmd
}

func (p *program) signOutCommand() *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use:   "signout [flags] [SESSION|PROFILE]",
		Short: "Sign out, and end the sessions of the profiles that use it",
		Long: `Sign out of AWS, drop the tokens, and end the sessions of the profiles that use the
sign-in. It lists what is still valid.`,
		Args:              atMostOne("name"),
		ValidArgsFunction: p.completesOne(signInNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all && len(args) > 0 {
				return usagef("--all and a name cannot be used together")
			}
			return p.signOut(cmd.Context(), named(args), all)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "sign out of all")
	return cmd
}

func (p *program) signInTo(ctx context.Context, r agent.SignInRequest, named string) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	app := p.app.Client()
	if r.Name, err = p.signInFor(ctx, app, asker.Terminal, named, "signin"); err != nil {
		return err
	}
	r.Caller = p.caller(asker, "")
	result, err := reach.Request(ctx, asker, app.SignIn, r)
	if err != nil {
		return err
	}
	p.warn(result.Warnings...)
	p.tell("%s", signedIn(result, time.Now()))
	return nil
}

// signedIn says what signin did.
func signedIn(r agent.SignInResult, now time.Time) string {
	name := vaultcore.Printable(r.Name)
	text := "Signed in to " + name + "."
	if !r.Fresh {
		text = "Already signed in to " + name + "; --force begins a new session."
	}
	if left := r.Ends.Round(0).Sub(now.Round(0)); left > 0 {
		text += " It ends in about " + vaultcore.TimeLeft(left) + "."
	}
	return text
}

// maxSentence is how many characters of a sentence of the app's are shown.
const maxSentence = 300

func (p *program) signOut(ctx context.Context, name string, all bool) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	app := p.app.Client()
	if !all {
		if name, err = p.signInFor(ctx, app, asker.Terminal, name, "signout"); err != nil {
			return err
		}
	}
	result, err := reach.Request(ctx, asker, app.SignOut, agent.SignOutRequest{Name: name, Caller: p.caller(asker, "")})
	if err == nil {
		p.tell("%s", signedOut(result))
	}
	for i, sentence := range result.LivesOn {
		if i == 0 {
			p.tell("Still valid:")
		}
		p.tell("  - %s", vaultcore.PrintableUpTo(sentence, maxSentence))
	}
	return err
}

// signedOut says what signout did.
func signedOut(r agent.SignOutResult) string {
	text := "Nobody was signed in."
	switch {
	case r.SignIns == 1:
		text = "Signed out."
	case r.SignIns > 1:
		text = fmt.Sprintf("Signed out of %d.", r.SignIns)
	}
	if r.Sessions > 0 {
		text += " " + report.Counted(r.Sessions, "session") + " ended."
	}
	return text
}

// signInFor is the sign-in that was named, else the only one, else one that the person
// picks.
func (p *program) signInFor(ctx context.Context, app agent.Service, t *terminal.Terminal, named, command string) (string, error) {
	if named != "" {
		return named, nil
	}
	snap, err := app.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case snap.Locked: // nothing is shown of it; the app says what to do
		return "", nil
	case len(snap.SignIns) == 0:
		return "", vaultcore.Faultf(vaultcore.ErrNoProfile, "no profile in %s uses a sign-in", vaultcore.Printable(snap.Config)).
			WithHint("`aws configure sso` adds one")
	case len(snap.SignIns) == 1:
		return snap.SignIns[0].Name, nil
	case t.Attended():
		return p.pickSignIn(ctx, t, snap.SignIns)
	}
	var names []string
	for _, in := range snap.SignIns {
		names = append(names, vaultcore.Printable(in.Name))
	}
	return "", usagef("missing sign-in name").
		WithHint("usage: vaultbar %s NAME, where NAME is one of: %s", command, strings.Join(names, ", "))
}

// pickSignIn lets the person at the terminal choose one.
func (p *program) pickSignIn(ctx context.Context, t *terminal.Terminal, all []vaultcore.SignInState) (string, error) {
	now := time.Now()
	rows := make([][]string, len(all))
	for i, in := range all {
		rows[i] = []string{fmt.Sprintf("%3d. %s", i+1, vaultcore.Printable(in.Name)), in.Words(now)}
	}
	for {
		for line := range strings.Lines(report.Columns(rows, 0, 2)) {
			p.tell("%s", line)
		}
		n, _, err := number(ctx, t, fmt.Sprintf("Which sign-in? [1-%d] ", len(all)), len(all))
		if err != nil {
			return "", err
		}
		if n > 0 {
			return all[n-1].Name, nil
		}
	}
}

// signInNames are the sign-ins, and the profiles that use one.
func signInNames(ctx context.Context, app *agent.Client) (names []string, err error) {
	snap, err := app.Snapshot(ctx)
	for _, in := range snap.SignIns {
		names = append(names, in.Name)
	}
	for _, profile := range snap.Profiles {
		if profile.SignInName != "" {
			names = append(names, profile.Name)
		}
	}
	return names, err
}
