package process

import (
	"context"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Kind is that of the steps that a [Source] carries out.
const Kind = plan.Kind(vaultcore.ProcessSource)

// Source gives the credentials that a credential_process prints. It keeps none.
type Source struct{ runner *Runner }

// NewSource makes a source whose commands are run by a runner.
func NewSource(r *Runner) *Source { return &Source{r} }

// ID is empty: the step says everything.
func (s *Source) ID(plan.Step) (id string, known bool) { return "", true }

// Asks says whether the person has to confirm the command first. What the command
// itself may ask of them is not known.
func (s *Source) Asks(step plan.Step) bool { return s.runner.Asks(CommandOf(step)) }

// Run runs the command of a step and reads what it prints: a session, or a key that
// does not expire. It may return: what [Runner.Run] returns.
func (s *Source) Run(ctx context.Context, step plan.Step, _ vaultcore.Credentials) (vaultcore.Credentials, error) {
	command := CommandOf(step)
	output, err := s.runner.Run(ctx, command, nil)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	credentials, err := Parse(output)
	if err != nil {
		return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrProcess, "%s gave no credentials: %v", command, err).WithHint("%s", format)
	}
	if !credentials.Expires.IsZero() && credentials.Left(time.Now()) <= 0 {
		return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrProcess, "%s gave credentials that have expired", command).
			WithHint("it may have cached them: make it get new ones; or this computer's clock is wrong")
	}
	return credentials, nil
}

// TokenKey says which program prints a web identity token. It is aws-vault's own key,
// and written for a shell.
const TokenKey = "web_identity_token_process"

// CommandOf is the credential_process of a step, or its web_identity_token_process.
func CommandOf(step plan.Step) Command {
	return Command{Key: step.Source.Key, Text: step.Source.Value, Profile: step.Profile, Env: step.Env, Shell: step.Source.Key == TokenKey}
}

// CommandsOf are the commands that carrying out a plan may run.
func CommandsOf(p plan.Plan) []Command {
	var all []Command
	for _, step := range p.Steps {
		if step.Kind == Kind || step.Source.Key == TokenKey {
			all = append(all, CommandOf(step))
		}
		if step.MFAProcess != "" {
			all = append(all, codeCommand(step))
		}
	}
	return all
}
