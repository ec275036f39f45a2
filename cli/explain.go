package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/vaultcore"
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
		Long: `Show how a profile's credentials are obtained. Without a profile it is the one of
AWS_VAULT, else of AWS_PROFILE, else of the folder, and what names it is shown.`,
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
	app, in := p.reach(), implied{}
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
	text := explained(explanation)
	if in.profile != "" {
		text += "Named by " + oneLine(p.namedBy(in)) + ".\n"
	}
	return p.print([]byte(text))
}

// explained lays an explanation out, with the details below each other.
func explained(e vaultcore.Explanation) string {
	wide := 24
	for _, step := range e.Steps {
		wide = max(wide, displayWidth(oneLine(step.Title)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", vaultcore.Printable(e.Profile), oneLine(e.Title))
	for i, step := range e.Steps {
		title := oneLine(step.Title)
		title += strings.Repeat(" ", wide-displayWidth(title))
		line := fmt.Sprintf("  %d. %s  %s", i+1, title, oneLine(step.Detail))
		fmt.Fprintln(&b, strings.TrimRight(line, " "))
		for _, reason := range step.Reasons {
			if !strings.Contains(step.Detail, reason) {
				fmt.Fprintf(&b, "     - %s\n", oneLine(reason))
			}
		}
	}
	for _, line := range []string{e.Asks, e.Agents} {
		if line != "" {
			fmt.Fprintln(&b, oneLine(line))
		}
	}
	return b.String()
}
