package main

import (
	"context"
	"slices"
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
	snap := p.snapshotNow(cmd)
	var names []string
	for _, profile := range snap.Profiles {
		if !slices.Contains(args, profile.Name) {
			names = append(names, profile.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
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
