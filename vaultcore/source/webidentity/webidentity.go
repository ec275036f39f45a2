// Package webidentity is the source whose credentials are those of a role that a web
// identity token assumes (sts:AssumeRoleWithWebIdentity): of a pod in a cluster, or of
// a build. The token is all that AWS asks for, so nobody is asked for anything, and
// the role is renewed from it in the background.
//
// A token is read anew at each use, since whoever issues it replaces it long before it
// ends, and is not kept. Blanks and line ends around it are no part of it; AWS's own
// tools send them along, and AWS then refuses it. One that AWS holds for expired is
// read once more: it may have been replaced a moment ago.
//
// What a file holds is sent only when it could be a token: one line of visible ASCII,
// 4 to 20000 characters (API reference of AssumeRoleWithWebIdentity). aws-vault's
// web_identity_token_process prints a token in place of a file; package process runs it,
// once the person has confirmed it. Package sts makes the call and says what its refusals
// mean. Start with [Source.Run].
package webidentity

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
)

// Kind is that of the steps that a [Source] carries out.
const Kind = plan.Kind(vaultcore.WebIdentitySource)

// Caller assumes the role of a step with a token: an sts.Client. An error with a method
// SourceDead() bool that returns true says that the token has expired.
type Caller interface {
	AssumeWithToken(ctx context.Context, step plan.Step, token vaultcore.Secret) (vaultcore.Credentials, error)
}

// Runner runs commands of the config: a process.Runner.
type Runner interface {
	Asks(process.Command) bool
	Run(ctx context.Context, c process.Command, touch func()) (vaultcore.Secret, error)
}

// Source is a session.Source for steps of [Kind]. It has no state.
type Source struct {
	aws    Caller
	runner Runner
}

// NewSource makes a source that calls AWS by a client.
func NewSource(aws Caller, runner Runner) *Source { return &Source{aws, runner} }

// ID is empty: the step says everything.
func (s *Source) ID(plan.Step) (id string, known bool) { return "", true }

// Asks says whether the person has to confirm the program that prints the token. For a
// file nobody needs to be there.
func (s *Source) Asks(step plan.Step) bool {
	return !fromFile(step) && s.runner.Asks(process.CommandOf(step))
}

func fromFile(step plan.Step) bool { return step.Source.Key != process.TokenKey }

// Run assumes the role. It may return: ErrNoCredentials where there is no token, and
// what the [Caller] and the [Runner] return.
func (s *Source) Run(ctx context.Context, step plan.Step, _ vaultcore.Credentials) (vaultcore.Credentials, error) {
	token, err := s.read(ctx, step)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	made, err := s.aws.AssumeWithToken(ctx, step, token)
	if !expired(err) {
		return made, err
	}
	if again, fault := s.read(ctx, step); fault == nil && !again.Equal(token) {
		return s.aws.AssumeWithToken(ctx, step, again)
	}
	return made, err
}

func expired(err error) bool {
	var reply interface{ SourceDead() bool }
	return errors.As(err, &reply) && reply.SourceDead()
}

// read reads the token of a step, or has it printed.
func (s *Source) read(ctx context.Context, step plan.Step) (vaultcore.Secret, error) {
	if fromFile(step) {
		return readFile(step)
	}
	command := process.CommandOf(step)
	text, err := s.runner.Run(ctx, command, nil)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	token := strings.TrimSpace(text.Reveal())
	if !isToken(token) {
		return vaultcore.Secret{}, vaultcore.Faultf(vaultcore.ErrProcess, "%s prints something other than a web identity token", command).
			WithHint("it must print only the token, on one line")
	}
	return vaultcore.NewSecret(token), nil
}

func readFile(step plan.Step) (vaultcore.Secret, error) {
	text, err := atomicfile.Read(step.Source.Value)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return vaultcore.Secret{}, noToken(step, "does not exist")
	case errors.Is(err, fs.ErrPermission):
		return vaultcore.Secret{}, noToken(step, "is not readable by you")
	case err != nil:
		return vaultcore.Secret{}, noToken(step, "cannot be read")
	}
	token := strings.TrimSpace(string(text))
	switch {
	case token == "":
		return vaultcore.Secret{}, noToken(step, "is empty")
	case !isToken(token):
		return vaultcore.Secret{}, noToken(step, "contains something other than a web identity token")
	}
	return vaultcore.NewSecret(token), nil
}

// isToken says whether AWS could take a text for a token.
func isToken(text string) bool {
	return len(text) >= 4 && len(text) <= 20000 && vaultcore.Visible(text)
}

func noToken(step plan.Step, why string) error {
	return vaultcore.Faultf(vaultcore.ErrNoCredentials, "%s %s", vaultcore.Printable(step.Source.Value), why).
		WithHint("it is the %s of profile %s: whatever issues the token must write it there", step.Source.Key, vaultcore.Printable(step.Profile))
}
