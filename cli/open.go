package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type openOptions struct {
	signing
	address string
	profile string
}

func (p *program) openCommand() *cobra.Command {
	var o openOptions
	cmd := &cobra.Command{
		Use:   "open [flags] ADDRESS",
		Short: "Open a console address or an ARN as a profile that reaches its account",
		Long: `Open the page of a console address, or of an ARN, signed in as a profile that
reaches its account. When several do, you are asked which.`,
		Example: `  vaultbar open 'https://eu-central-1.console.aws.amazon.com/ec2/home#Instances:'
  vaultbar open arn:aws:lambda:eu-central-1:111111111111:function:report`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] != "" {
				return nil
			}
			return usagef("expected one address or ARN").
				WithHint("usage: %s\nquote the address: the shell interprets &, # and ?", cmd.UseLine())
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.address = args[0]
			return p.open(cmd.Context(), o)
		},
	}
	p.bindSigning(cmd, &o.signing)
	cmd.Flags().StringVar(&o.profile, "profile", "", "the `name` of the profile to open it as")
	complete(cmd, "profile", p.completesValue(profileNames))
	return cmd
}

// linkScheme begins a link that any web page can hold: the address of a console
// page with this in place of https:, or an ARN behind it.
const linkScheme = "vaultbar:"

// linked is what a link leads to; not ok for what is no link of ours. Browsers
// may write the scheme in capitals.
func linked(text string) (address string, ok bool) {
	if len(text) < len(linkScheme) || !strings.EqualFold(text[:len(linkScheme)], linkScheme) {
		return "", false
	}
	rest := strings.TrimPrefix(text[len(linkScheme):], "//")
	if strings.HasPrefix(rest, "arn:") {
		return rest, true
	}
	return "https://" + rest, true
}

// openLink opens what a link names. Nobody sits at a terminal: the app asks on the
// desktop, before the first link and where several profiles fit.
func (p *program) openLink(ctx context.Context, address string) error {
	_, err := reach.Request(ctx, new(terminal.Asker), p.app.Client().Login, agent.LoginRequest{Link: true, Address: address})
	return err
}

func (p *program) open(ctx context.Context, o openOptions) error {
	asker, err := p.signingAsker(&o.signing)
	if err != nil {
		return err
	}
	if address, ok := linked(o.address); ok {
		return p.openLink(ctx, address)
	}
	app := p.app.Client()
	names, err := app.ProfilesFor(ctx, o.address)
	if err != nil {
		return err
	}
	profile, err := p.reaching(ctx, app, asker.Terminal, names, o.profile)
	if err != nil {
		return err
	}
	wanted := o.request(profile)
	wanted.Address = o.address
	return p.signIn(ctx, app, asker, wanted)
}

// reaching is the profile among those that reach an account: the one that was
// named, the only one, or the one that the person picks. A named one is believed:
// the account of a profile may not be known before its first use.
func (p *program) reaching(ctx context.Context, app agent.Service, t *terminal.Terminal, names []string, named string) (string, error) {
	switch {
	case named != "":
		if !slices.Contains(names, named) {
			p.warn(fmt.Sprintf("%s is not known to have access to the account of this address", vaultcore.Printable(named)))
		}
		return named, nil
	case len(names) == 0:
		return "", vaultcore.Faultf(vaultcore.ErrNoProfile, "no profile is known to have access to the account of this address").
			WithHint("`vaultbar list --long` shows the account of each profile\n--profile NAME opens it as that one anyway")
	case len(names) == 1:
		return names[0], nil
	case !t.Attended():
		return "", vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "%d profiles have access to this account: %s", len(names), report.Line(strings.Join(names, ", "))).
			WithHint("--profile NAME chooses one")
	}
	snap, err := app.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	states := among(snap, names)
	return p.pick(ctx, t, states, states)
}

// among are the states of the named profiles. One that has gone meanwhile has
// its name alone.
func among(snap vaultcore.Snapshot, names []string) []vaultcore.ProfileState {
	states := make([]vaultcore.ProfileState, len(names))
	for i, name := range names {
		states[i] = snap.Profile(name)
		states[i].Name = name
	}
	return states
}
