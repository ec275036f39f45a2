package cli

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// completionTime is how long a person who pressed Tab waits.
const completionTime = 2 * time.Second

// namesOf is what completion takes the app's answer from.
type namesOf func(context.Context, *agent.Client) ([]string, error)

// completes completes arguments, each once. It is silent when something is wrong.
func (p *program) completes(list namesOf) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		names := slices.DeleteFunc(p.namesNow(cmd.Context(), list), func(name string) bool { return slices.Contains(args, name) })
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// completesOne completes the one argument of a command.
func (p *program) completesOne(list namesOf) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return p.completes(list)(cmd, nil, typed)
	}
}

// completesValue completes the value of a flag, whatever the arguments are.
func (p *program) completesValue(list namesOf) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return p.completes(list)(cmd, nil, typed)
	}
}

// namesNow are the names that the app tells in time.
func (p *program) namesNow(ctx context.Context, list namesOf) []string {
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	names, err := list(ctx, p.app.Client())
	if err != nil {
		return nil
	}
	return names
}

// complete says how the value of a flag is completed. It fails only for a flag
// that the command does not have.
func complete(cmd *cobra.Command, flag string, with cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, with); err != nil {
		panic(err)
	}
}

// completeValues completes a flag that takes one of a few values.
func completeValues(cmd *cobra.Command, flag string, values ...string) {
	complete(cmd, flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// profileNames are the names of the profiles, which the app tells while it is
// locked too; one of an earlier version does not.
func profileNames(ctx context.Context, app *agent.Client) ([]string, error) {
	names, err := app.Profiles(ctx)
	if !errors.Is(err, vaultcore.ErrVersion) {
		return names, err
	}
	snap, err := app.Snapshot(ctx)
	for _, profile := range snap.Profiles {
		names = append(names, profile.Name)
	}
	return names, err
}

// keyNames are the names of the keys in the keychain.
func keyNames(ctx context.Context, app *agent.Client) ([]string, error) {
	snap, err := app.Snapshot(ctx)
	return snap.Keys, err
}

// completeProfileThenCommand completes the profile of exec, and leaves the
// command to the shell.
func (p *program) completeProfileThenCommand(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return p.completes(profileNames)(cmd, nil, typed)
}

// Where cobra's script for bash takes the words of the line from the package
// bash-completion, and what it does without that package: words that bash has cut at
// = and : are put together again.
const (
	fromPackage = `    _get_comp_words_by_ref "$@" cur prev words cword
`
	withoutPackage = `    if declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
        _get_comp_words_by_ref "$@" cur prev words cword
        return
    fi
    local i last
    words=("${COMP_WORDS[0]}") cword=0
    for ((i = 1; i < ${#COMP_WORDS[@]}; i++)); do
        last=$((${#words[@]} - 1))
        if [[ ${COMP_WORDS[i]} == [=:]* || (${COMP_WORDS[i - 1]} == *[=:] && -n ${COMP_WORDS[i]}) ]]; then
            words[last]+=${COMP_WORDS[i]}
        else
            words+=("${COMP_WORDS[i]}")
        fi
        ((i == COMP_CWORD)) && cword=$((${#words[@]} - 1))
    done
    cur=${words[cword]} prev=${words[cword > 0 ? cword - 1 : 0]}
`
)

// completeInPlainBash has the script for bash work without that package.
func (p *program) completeInPlainBash(root *cobra.Command) {
	bash, _, err := root.Find([]string{"completion", "bash"})
	if err != nil {
		return
	}
	bash.RunE = func(cmd *cobra.Command, _ []string) error {
		bare, err := cmd.Flags().GetBool("no-descriptions")
		if err != nil {
			return err
		}
		var script bytes.Buffer
		if err := root.GenBashCompletionV2(&script, !bare); err != nil {
			return err
		}
		return p.print([]byte(strings.Replace(script.String(), fromPackage, withoutPackage, 1)))
	}
}
