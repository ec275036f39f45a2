package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type loginOptions struct {
	signing
	profile string
	service string
	path    string
	region  string
	forget  bool
}

func (p *program) loginCommand() *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login [flags] [PROFILE]",
		Short: "Open the AWS console, signed in as a profile",
		Long: `Open the AWS console in a browser, signed in as a profile. If no profile
is given, it is that of AWS_VAULT, then AWS_PROFILE, then the folder (see vaultbar
dir); otherwise you are asked.`,
		Example: `  vaultbar login bastion
  vaultbar login --service ec2 --isolated bastion     in a window of its own, kept for next time
  vaultbar login --stdout bastion                     for a browser on another machine`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.forget {
				return oneProfile(cmd, args)
			}
			return profileOrNone(cmd, args)
		},
		ValidArgsFunction: p.completesOne(profileNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profile = named(args)
			return p.login(cmd.Context(), o)
		},
	}
	p.bindSigning(cmd, &o.signing)
	flags := cmd.Flags()
	flags.StringVar(&o.service, "service", "", "the `name` of the service to open, such as ec2")
	flags.StringVar(&o.path, "path", "", "the `path` in the console to open, such as /ec2/home#Instances:")
	flags.Var(region(&o.region), "region", "the region to use instead of the profile's")
	flags.BoolVar(&o.forget, "forget", false, "remove the browser profile that --isolated keeps, and open nothing")
	cmd.MarkFlagsMutuallyExclusive("service", "path", "forget")
	cmd.MarkFlagsMutuallyExclusive("stdout", "forget")
	complete(cmd, "service", p.completesValue(serviceNames))
	complete(cmd, "path", cobra.NoFileCompletions)
	return cmd
}

func (p *program) login(ctx context.Context, o loginOptions) error {
	app := p.app.Client()
	if o.forget {
		return p.removeBrowserProfile(ctx, app, o.profile)
	}
	asker, err := p.signingAsker(&o.signing)
	if err != nil {
		return err
	}
	profile, err := p.profileFor(ctx, app, asker.Terminal, o.profile, "login [flags] PROFILE")
	if err != nil {
		return err
	}
	wanted := o.request(profile)
	wanted.Service, wanted.Path, wanted.Region = o.service, o.path, o.region
	return p.signIn(ctx, app, asker, wanted)
}

// removeBrowserProfile removes the one that --isolated kept.
func (p *program) removeBrowserProfile(ctx context.Context, app agent.Service, name string) error {
	if err := app.RemoveBrowserProfile(ctx, agent.BrowserProfileRequest{Name: name}); err != nil {
		return err
	}
	p.tell("Removed the browser profile of %s.", vaultcore.Printable(name))
	return nil
}

// signing are the flags that say how the console is opened.
type signing struct {
	asking
	duration    time.Duration
	stdout      bool
	browser     string
	isolated    string
	noIsolated  bool
	private     bool
	logoutFirst bool
}

// bindSigning adds the flags that say how the console is opened.
func (p *program) bindSigning(cmd *cobra.Command, s *signing) {
	flags := cmd.Flags()
	s.bind(flags)
	flags.VarP(duration(&s.duration), "duration", "d", "how long the console should stay signed in")
	flags.BoolVarP(&s.stdout, "stdout", "s", false, "print the sign-in URL instead; whoever has it is signed in as you")
	flags.StringVar(&s.browser, "browser", "", "the `name` of a browser instead of your usual one")
	flags.Var(isolated(&s.isolated), "isolated", "in a browser profile of its own, of that name")
	flags.Lookup("isolated").NoOptDefVal = ownName
	flags.BoolVar(&s.noIsolated, "no-isolated", false, "in your usual browser profile, whatever the settings say")
	flags.BoolVar(&s.private, "private", false, "in a private window")
	flags.BoolVar(&s.logoutFirst, "logout-first", p.env.isOn("AWS_VAULT_AUTO_LOGOUT"), "sign the browser out first, where AWS's multi-session console is off")
	cmd.MarkFlagsMutuallyExclusive("isolated", "no-isolated")
	for _, flag := range []string{"browser", "isolated", "private"} {
		cmd.MarkFlagsMutuallyExclusive("stdout", flag)
	}
	complete(cmd, "browser", p.completesValue(browserNames))
	complete(cmd, "isolated", cobra.NoFileCompletions)
	complete(cmd, "duration", cobra.NoFileCompletions)
}

// serviceNames are the short names of the console's services.
func serviceNames(ctx context.Context, app *agent.Client) (names []string, err error) {
	services, err := app.Services(ctx)
	for _, service := range services {
		names = append(names, cobra.CompletionWithDesc(service.Name, service.Title))
	}
	return names, err
}

// request asks to sign a profile in; its caller is not known yet.
func (s *signing) request(profile string) agent.LoginRequest {
	r := agent.LoginRequest{
		Profile: profile, Duration: s.duration, Print: s.stdout, LogoutFirst: s.logoutFirst,
		Browser: s.browser, Private: s.private,
	}
	switch {
	case s.noIsolated:
		r.Isolated = agent.IsolatedNo
	case s.isolated == ownName:
		r.Isolated = agent.IsolatedYes
	case s.isolated != "":
		r.Isolated, r.IsolatedAs = agent.IsolatedYes, s.isolated
	}
	return r
}

// signingAsker answers the app's questions. It is made before anything is picked
// or asked: an address that nobody could read is not asked for.
func (p *program) signingAsker(s *signing) (*terminal.Asker, error) {
	if err := p.env.duration("AWS_VAULT_DURATION", &s.duration); err != nil {
		return nil, err
	}
	if s.stdout && closedOutput() {
		return nil, errNoReader
	}
	return p.asker(s.asking, s.stdout && !terminal.Is(p.out))
}

// signIn signs in, and says in which browser or prints the address.
func (p *program) signIn(ctx context.Context, app agent.Service, asker *terminal.Asker, wanted agent.LoginRequest) error {
	wanted.Caller = p.caller(asker, "")
	result, err := reach.Request(ctx, asker, app.Login, wanted)
	if err != nil {
		return err
	}
	p.warn(result.Warnings...)
	if wanted.Print {
		return p.print([]byte(result.Address.Reveal() + "\n"))
	}
	p.tell("Signed in as %s in %s.", vaultcore.Printable(wanted.Profile), vaultcore.Printable(result.Browser))
	if p.elsewhere() {
		p.hint("the browser opened on the SSH host; use --stdout to print the sign-in URL for a browser on your own machine")
	}
	return nil
}

// elsewhere says whether the person sits at another machine, with no screen of
// this one.
func (p *program) elsewhere() bool {
	return p.env.get("SSH_CONNECTION") != "" && p.env.get("DISPLAY") == "" && p.env.get("WAYLAND_DISPLAY") == ""
}
