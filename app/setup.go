package main

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
)

// Setup is part of [agent.Service].
func (s *service) Setup(ctx context.Context, r agent.SetupRequest) (agent.SetupResult, error) {
	if err := s.edit.take(ctx); err != nil {
		return agent.SetupResult{}, err
	}
	defer s.edit.give()
	for _, profile := range r.Profiles { // a file that is being written is not planned on
		s.roster(ctx).Latest(ctx, profile)
	}
	change, err := awsconfig.PlanSetup(awsconfig.Setup{
		Path: s.configPath(ctx), Credentials: s.staticPath(ctx), Profiles: r.Profiles, Command: r.Command, Undo: r.Undo,
	})
	if err != nil {
		return agent.SetupResult{}, err
	}
	result := agent.SetupResult{File: change.File, Diff: change.Diff, Notes: change.Notes}
	switch {
	case r.Agreed == "" || change.Diff == "":
		return result, nil
	case r.Agreed != change.Diff:
		return agent.SetupResult{}, vaultcore.Faultf(vaultcore.ErrBusy, "%s has changed since the change was shown; nothing was written", change.File).
			WithHint("run the command again")
	}
	if err := change.Apply(); err != nil {
		return agent.SetupResult{}, err
	}
	s.roster(ctx).Reload()
	result.Applied = true
	return result, nil
}
