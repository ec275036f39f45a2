package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/search"
)

// verb is something that can be done with a profile: the command of its name.
type verb struct {
	name, title string
	do          func(p *program, ctx context.Context, profile string) error
}

// verbs are what can be done with a profile that was found, the usual first.
var verbs = []verb{
	{"login", "Open console", func(p *program, ctx context.Context, profile string) error {
		return p.login(ctx, loginOptions{profile: profile})
	}},
	{"exec", "Start a shell as it", func(p *program, ctx context.Context, profile string) error {
		return p.exec(ctx, execOptions{want: want{profile: profile}})
	}},
	{"export", "Print its credentials as export lines", func(p *program, ctx context.Context, profile string) error {
		return p.export(ctx, exportOptions{want: want{profile: profile}, format: "export-env"})
	}},
	{"renew", "Renew its session", func(p *program, ctx context.Context, profile string) error {
		return p.renew(ctx, renewOptions{profile: profile})
	}},
	{"clear", "End its sessions", (*program).clear},
	{"explain", "Explain where its credentials come from", func(p *program, ctx context.Context, profile string) error {
		return p.explain(ctx, explainOptions{profile: profile})
	}},
}

type findOptions struct {
	words string
	line  bool   // what was picked comes by stdin
	print bool   // the rows, for a program that has one picked
	do    string // the name of a verb; empty asks, or opens the console of what was named or picked
}

func (p *program) findCommand() *cobra.Command {
	var o findOptions
	cmd := &cobra.Command{
		Use:   "find [flags] [WORDS | -]",
		Short: "Find a profile, then open its console or do something else with it",
		Long: `Find a profile by words in its name, account, role or region, or by an ARN or a
console address, then choose what to do with it. In a terminal you are asked
there, otherwise by a list on the desktop: bind ` + "`vaultbar find`" + ` to a key.

The whole name of a profile opens its console at once, and so does a line of
--print that was picked elsewhere; - reads that line from stdin. --do does
something else. An empty line counts as canceled (exit code 4).

--print prints a line for each match, the best first: its state, name,
role, account, region, and the time left or what is wrong, with a tab between. In
a terminal they are in columns.`,
		Example: `  vaultbar find prod admin
  vaultbar find --print | fzf | vaultbar find -
  vaultbar find --print | fuzzel --dmenu | vaultbar find -
  vaultbar find --print | rofi -dmenu -i | vaultbar find -
  vaultbar find --do exec prod-admin`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.print && slices.Equal(args, []string{"-"}) {
				return usagef("--print and - cannot be used together")
			}
			if o.do != "" && !slices.ContainsFunc(verbs, func(v verb) bool { return v.name == o.do }) {
				return usagef("--do takes one of %s", strings.Join(verbNames(), ", "))
			}
			return nil
		},
		ValidArgsFunction: p.completesOne(profileNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.line = slices.Equal(args, []string{"-"}) || slices.Equal(args, []string{""})
			o.words = strings.Join(args, " ")
			return p.find(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.print, "print", false, "print the matching profiles, a line each, for fzf, fuzzel, rofi and the like")
	cmd.Flags().StringVar(&o.do, "do", "", "what to do with it: the `verb` "+strings.Join(verbNames(), ", "))
	cmd.MarkFlagsMutuallyExclusive("print", "do")
	completeValues(cmd, "do", verbNames()...)
	return cmd
}

func verbNames() []string {
	var names []string
	for _, v := range verbs {
		names = append(names, v.name)
	}
	return names
}

func (p *program) find(ctx context.Context, o findOptions) error {
	if o.line && o.words == "-" {
		line, err := bufio.NewReader(p.in).ReadString('\n')
		if err != nil && line != "" && !errors.Is(err, io.EOF) {
			return err
		}
		o.words = strings.TrimRight(line, "\r\n")
	}
	if o.line && strings.TrimSpace(o.words) == "" {
		return vaultcore.Faultf(vaultcore.ErrCanceled, "no profile was picked")
	}
	app := p.app.Client()
	snap, err := app.Snapshot(ctx)
	if err != nil {
		return err
	}
	if o.print {
		return p.printFound(search.Profiles(snap.Profiles, o.words))
	}
	if len(snap.Profiles) == 0 {
		return noProfiles()
	}
	if profile, ok := exactly(snap.Profiles, o.words); ok {
		return p.doVerb(ctx, o.do, profile)
	}
	at := p.terminal()
	switch {
	case o.line, len(search.Profiles(snap.Profiles, o.words)) == 0:
		return vaultcore.Faultf(vaultcore.ErrNoProfile, "no profile matches %q", vaultcore.Printable(o.words)).
			WithHint("`vaultbar find --print` shows the profiles")
	case at.Attended() && p.prompt != vaultcore.PromptDialog:
		return p.findHere(ctx, at, snap.Profiles, o)
	case p.prompt == vaultcore.PromptNone, o.do != "":
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "%q is not the full name of a profile, and there is no terminal to choose one in", vaultcore.Printable(o.words)).
			WithHint("`vaultbar find --print` shows the profiles")
	}
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	return app.Find(ctx, agent.FindRequest{Query: o.words, Caller: p.caller(asker, "")})
}

// exactly is the profile of this very name, or that of a line of --print.
func exactly(profiles []vaultcore.ProfileState, text string) (string, bool) {
	if i := slices.IndexFunc(profiles, func(s vaultcore.ProfileState) bool { return s.Name == text }); i >= 0 {
		return text, true
	}
	picked, ok := search.Picked(profiles, text)
	return picked.Name, ok
}

// printFound prints profiles for a program, or in columns for a person.
func (p *program) printFound(found []vaultcore.ProfileState) error {
	rows, now := make([][]string, len(found)), time.Now()
	var b strings.Builder
	for i, profile := range found {
		rows[i] = search.Row(profile, now)
		b.WriteString(strings.Join(rows[i], "\t") + "\n")
	}
	if terminal.Is(p.out) {
		return p.print([]byte(report.Columns(rows, 0, 2)))
	}
	return p.print([]byte(b.String()))
}

// findHere lets the person at the terminal choose a profile, then what to do with it.
func (p *program) findHere(ctx context.Context, at *terminal.Terminal, all []vaultcore.ProfileState, o findOptions) error {
	found := search.Profiles(all, o.words)
	profile := found[0].Name
	if len(found) > 1 {
		var err error
		if profile, err = p.pick(ctx, at, all, found); err != nil {
			return err
		}
	}
	if o.do != "" {
		return p.doVerb(ctx, o.do, profile)
	}
	for i, v := range verbs {
		p.tell("  %d. %s", i+1, v.title)
	}
	for {
		n, answer, err := number(ctx, at, fmt.Sprintf("What to do with %s? [1-%d, Enter for 1] ", vaultcore.Printable(profile), len(verbs)), len(verbs))
		switch {
		case err != nil:
			return err
		case answer == "":
			return p.doVerb(ctx, "", profile)
		case n > 0:
			return verbs[n-1].do(p, ctx, profile)
		}
	}
}

// doVerb does what a verb's name says, the usual for none.
func (p *program) doVerb(ctx context.Context, name, profile string) error {
	at := slices.IndexFunc(verbs, func(v verb) bool { return v.name == name })
	return verbs[max(at, 0)].do(p, ctx, profile)
}
