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
)

// completionTime is how long a person who pressed Tab waits.
const completionTime = 2 * time.Second

// completeProfile completes the one profile of a command.
func (p *program) completeProfile(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return p.completeProfiles(cmd, args, "")
}

// completeProfiles completes a list of profiles, each once.
func (p *program) completeProfiles(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	names, err := p.profileNames(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(args, name) })
	return names, cobra.ShellCompDirectiveNoFileComp
}

// profileNames are the names of the profiles, which the app tells while it is
// locked too; one of an earlier version does not.
func (p *program) profileNames(ctx context.Context) ([]string, error) {
	app := p.reach()
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

// completeKey completes the name of a key in the keychain.
func (p *program) completeKey(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return p.snapshotNow(cmd).Keys, cobra.ShellCompDirectiveNoFileComp
}

// completeProfileThenCommand completes the profile of exec, and leaves the
// command to the shell.
func (p *program) completeProfileThenCommand(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return p.completeProfile(cmd, args, "")
}

// snapshotNow is what the app shows, or nothing: completion stays silent when
// something is wrong.
func (p *program) snapshotNow(cmd *cobra.Command) vaultcore.Snapshot {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	snap, err := p.reach().Snapshot(ctx)
	if err != nil {
		return vaultcore.Snapshot{}
	}
	return snap
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
