package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/credformat"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
)

type exportOptions struct {
	want
	format string
}

func (p *program) exportCommand() *cobra.Command {
	o := exportOptions{format: credformat.Formats()[0].Name}
	cmd := &cobra.Command{
		Use:   "export [flags] [PROFILE]",
		Short: "Print credentials of a profile",
		Long: `Print credentials of a profile. If none is given, it is that of AWS_VAULT, then
AWS_PROFILE, then the folder; otherwise you are asked. A program that reads JSON, as by
a credential_process line, has to name the profile.`,
		Example: `  eval "$(vaultbar export --format=export-env bastion)"
  credential_process = vaultbar export --format=json bastion     (a line of ~/.aws/config)`,
		Args:              profileOrNone,
		ValidArgsFunction: p.completesOne(profileNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profile = named(args)
			return p.export(cmd.Context(), o)
		},
	}
	o.asking.bind(cmd.Flags())
	o.choosing.bind(cmd.Flags())
	o.bindShown(cmd.Flags())
	cmd.Flags().StringVar(&o.format, "format", o.format, "one of "+strings.Join(formatNames(), ", "))
	completeValues(cmd, "format", formatNames()...)
	return cmd
}

// export prints the credentials in one write: a reader sees all of it or
// nothing.
func (p *program) export(ctx context.Context, o exportOptions) error {
	format, err := formatNamed(o.format)
	if err != nil {
		return err
	}
	if o.format == "json" {
		o.serving = !terminal.Is(p.out)
		if closedOutput() {
			return errNoReader
		}
	}
	if o.profile == "" {
		if o.profile, err = p.profileToExport(ctx, o.serving); err != nil {
			return err
		}
	}
	grant, err := p.credentials(ctx, o.want)
	if err != nil {
		return err
	}
	if !o.serving {
		p.hintRegion(grant.Profile, grant.Region)
	}
	return p.print(format.Write(grant))
}

// profileToExport is the profile where none is named. A program that AWS's tools start for
// one profile must never answer with the credentials of another.
func (p *program) profileToExport(ctx context.Context, serving bool) (string, error) {
	const usage = "export [flags] PROFILE"
	if serving {
		return "", usagef("missing profile name").WithHint("usage: vaultbar %s", usage)
	}
	return p.profileFor(ctx, p.app.Client(), p.terminal(), "", usage)
}

func formatNames() []string {
	var names []string
	for _, format := range credformat.Formats() {
		names = append(names, format.Name)
	}
	return names
}

func formatNamed(name string) (credformat.Format, error) {
	for _, format := range credformat.Formats() {
		if format.Name == name {
			return format, nil
		}
	}
	return credformat.Format{}, usagef("unknown format %q", vaultcore.Printable(name)).
		WithHint("the formats are %s", strings.Join(formatNames(), ", "))
}
