package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/credformat"
	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type serveOptions struct {
	asking
	profiles         []string
	containers, stop bool
	format           string
}

func (p *program) serveCommand() *cobra.Command {
	o := serveOptions{format: credformat.ServedFormats()[0]}
	cmd := &cobra.Command{
		Use:   "serve [flags] PROFILE…",
		Short: "Serve credentials to programs, until stopped",
		Long: `Serve the credentials of profiles on a port of this machine, as ECS does to a
container, and print what a program must find in its environment: the address,
and a token that works for that profile, and for the roles that profiles of the
config file assume from it. Any of your own programs that has the token gets the
credentials, until you run serve --stop, lock Vaultbar, or stop the app.

With --docker a container finds them too: the folder share/vaultbar/docker has
files for Docker Compose and dev containers.`,
		Example: `  eval "$(vaultbar serve --format=export-env prod)"
  vaultbar serve --docker prod > vaultbar.env
  vaultbar serve --stop prod`,
		ValidArgsFunction: p.completes(profileNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profiles = args
			switch {
			case slices.Contains(args, ""):
				return noProfileNamed(cmd)
			case o.stop:
				return p.stopServing(cmd.Context(), args)
			case len(args) == 0:
				return noProfileNamed(cmd)
			}
			return p.serve(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	o.asking.bind(flags)
	flags.BoolVar(&o.containers, "docker", false, "serve containers too, by a relay")
	flags.BoolVar(&o.stop, "stop", false, "stop serving the profiles, or all if none is named")
	flags.StringVar(&o.format, "format", o.format, "one of "+strings.Join(serveFormats(), ", "))
	cmd.MarkFlagsMutuallyExclusive("stop", "docker")
	completeValues(cmd, "format", serveFormats()...)
	return cmd
}

func serveFormats() []string { return append(credformat.ServedFormats(), "json") }

// serve has the profiles served, one after the other, and prints them together.
func (p *program) serve(ctx context.Context, o serveOptions) error {
	if !slices.Contains(serveFormats(), o.format) {
		return usagef("unknown format %q", vaultcore.Printable(o.format)).WithHint("the formats are %s", strings.Join(serveFormats(), ", "))
	}
	asker, err := p.asker(o.asking, false)
	if err != nil {
		return err
	}
	app := p.app.Client()
	var text []byte
	var all []any
	for _, profile := range o.profiles {
		result, err := reach.Request(ctx, asker, app.Serve, agent.ServeRequest{Profile: profile, Containers: o.containers, Caller: p.caller(asker, "")})
		if err != nil {
			return err
		}
		p.warn(result.Endpoint.Warnings...)
		if len(o.profiles) > 1 {
			text = append(text, "# "+report.Line(profile)+"\n"...)
		}
		text = append(text, p.servedTo(profile, o.containers, result).Write(o.format)...)
		all = append(all, report.ServeJSON(profile, result))
	}
	if o.format == "json" {
		return p.printJSON(all)
	}
	p.tell("Served until Vaultbar is locked or stopped; `vaultbar serve --stop` ends it.")
	return p.print(text)
}

// servedTo is what a program on this machine, or in a container, finds.
func (p *program) servedTo(profile string, containers bool, r agent.ServeResult) credformat.Served {
	s := credformat.Served{Profile: profile, Address: r.Endpoint.Address, Token: r.Endpoint.Token, Region: p.regionOf(want{profile: profile}, r.Endpoint.Region)}
	if containers {
		s.Address, s.Relay = r.Relay.Address, credformat.Relay{Folder: r.Relay.Folder, Port: r.Relay.Port}
	}
	return s
}

func (p *program) stopServing(ctx context.Context, profiles []string) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	result, err := p.app.Running().StopServing(ctx, agent.StopServingRequest{Profiles: profiles, Caller: p.caller(asker, "")})
	if reach.Lost(err) { // nothing outlives the app
		err = nil
	}
	if err != nil {
		return err
	}
	if result.Served == 0 {
		p.tell("No profile was served.")
	} else {
		p.tell("Stopped serving %s.", report.Counted(result.Served, "profile"))
	}
	return nil
}
