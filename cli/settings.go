package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// profileSettings and signInSettings are the keys of the settings of one profile and of
// one sign-in, in the order of their tables.
var (
	profileSettings = []string{"pinned", "keep_fresh", "isolated", "color", "protected", "agents", "agents_policy", "agents_named"}
	signInSettings  = []string{"sso_browser", "sso_browser_profile"}
)

func (p *program) settingsCommand() *cobra.Command {
	var of agent.SetRequest
	cmd := &cobra.Command{
		Use:   "settings [flags] [get KEY | set KEY VALUE]",
		Short: "Show the settings, or change one",
		Long: `Show the settings, or change one. You are asked before a change that weakens a
protection: at your terminal, or in a dialog.

With --profile, set changes one of that profile's settings:
  ` + strings.Join(profileSettings, ", ") + `
With --sign-in, it changes one of that sign-in:
  ` + strings.Join(signInSettings, ", "),
		ValidArgs: []string{"get", "set"},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.settings(cmd.Context(), of, args)
		},
	}
	cmd.Flags().StringVar(&of.Profile, "profile", "", "the profile whose setting it is")
	cmd.Flags().StringVar(&of.SignIn, "sign-in", "", "the sign-in whose setting it is")
	cmd.MarkFlagsMutuallyExclusive("profile", "sign-in")
	return cmd
}

func (p *program) settings(ctx context.Context, of agent.SetRequest, args []string) error {
	all := of.Profile == "" && of.SignIn == ""
	switch {
	case len(args) == 0 && all:
		return p.listSettings(ctx)
	case len(args) == 2 && args[0] == "get" && all:
		return p.getSetting(ctx, args[1])
	case len(args) == 3 && args[0] == "set":
		of.Key, of.Value = args[1], args[2]
		return p.setSetting(ctx, of)
	default:
		return usagef("expected no argument, get KEY, or set KEY VALUE").
			WithHint("usage: vaultbar settings [get KEY | set [--profile PROFILE | --sign-in NAME] KEY VALUE]")
	}
}

// setSetting changes a setting. The person may be asked whether they want it.
func (p *program) setSetting(ctx context.Context, r agent.SetRequest) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	r.Caller = p.caller(asker, "")
	_, err = reach.Request(ctx, asker, reach.Bare(p.app.Client().Set), r)
	return err
}

func (p *program) listSettings(ctx context.Context) error {
	settings, err := p.app.Client().Settings(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, setting := range settings {
		value := setting.Value
		if value == "" {
			value = "-"
		}
		fmt.Fprintf(&b, "%-22s %-12s %s\n", setting.Key, value, setting.Help)
	}
	return p.print([]byte(b.String()))
}

func (p *program) getSetting(ctx context.Context, key string) error {
	settings, err := p.app.Client().Settings(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(settings, func(s agent.Setting) bool { return s.Key == key })
	if i < 0 {
		return vaultcore.Faultf(vaultcore.ErrRequest, "unknown setting %q", vaultcore.Printable(key)).
			WithHint("`vaultbar settings` lists them")
	}
	return p.print([]byte(settings[i].Value + "\n"))
}
