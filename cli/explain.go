package cli

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/report"
)

type explainOptions struct {
	choosing
	profile string
}

func (p *program) explainCommand() *cobra.Command {
	var o explainOptions
	cmd := &cobra.Command{
		Use:   "explain [flags] [PROFILE]",
		Short: "Show how a profile's credentials are obtained",
		Long: `Show how a profile's credentials are obtained. If none is given, it is that of
AWS_VAULT, then AWS_PROFILE, then the folder, and what names it is shown.`,
		Args:              profileOrNone,
		ValidArgsFunction: p.completesOne(profileNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profile = named(args)
			return p.explain(cmd.Context(), o)
		},
	}
	o.bind(cmd.Flags())
	return cmd
}

func (p *program) explain(ctx context.Context, o explainOptions) error {
	if err := o.fill(p.env); err != nil {
		return err
	}
	app, in := p.app.Client(), implied{}
	if o.profile == "" {
		in = p.implied()
	}
	profile, err := p.profileFor(ctx, app, p.terminal(), cmp.Or(o.profile, in.profile), "explain [flags] PROFILE")
	if err != nil {
		return err
	}
	explanation, err := app.Explain(ctx, o.request(profile))
	if err != nil {
		return err
	}
	text := report.Explanation(explanation)
	if in.profile != "" {
		text += "Named by " + report.Line(p.namedBy(in)) + ".\n"
	}
	return p.print([]byte(text))
}
