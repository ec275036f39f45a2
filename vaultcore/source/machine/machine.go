// Package machine is the source of the credentials that are there without Vaultbar,
// as credential_source names them: the keys in the environment of the program that
// asks, those of its container (ECS, EKS), and those of the EC2 instance.
//
// What an environment says is read by [Read]: where to ask becomes part of the plan, and
// so of what a person must allow; secrets do not. The source holds them for as
// long as the request that brought them lasts ([Source.Hold]), and a plan tells them
// from others by a hash of all of them, so that nobody gets what was made with keys that
// they do not have. Nothing of a machine's is put into the keychain.
//
// Addresses are those that AWS's SDKs allow (SDK reference, "Container credential
// provider"): https, or plain http to this machine and to the link-local addresses of
// ECS, EKS and EC2. The last are known, all others are for a person to trust. An
// instance is asked by version 2 of its metadata service alone. The requests and their
// repetition are those of AWS's SDK.
//
// Start with [Source.Run].
package machine

import (
	"context"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Kind is that of the steps that a [Source] carries out.
const Kind = plan.Kind(vaultcore.MachineSource)

// Options are what a [Source] works with.
type Options struct {
	Carriers awshttp.Ways
	Attempt  time.Duration // how long one request may take
}

// Source is a session.Source for steps of [Kind].
type Source struct {
	options Options

	mu   sync.Mutex          // guards what follows
	held map[string]*holding // by their hash
}

// holding is a secret that requests under way have brought.
type holding struct {
	Secrets
	requests int
}

// NewSource makes a source.
func NewSource(o Options) *Source { return &Source{options: o, held: make(map[string]*holding)} }

// Hold lets the steps of a machine use secrets until ctx, that of a request, ends.
func (s *Source) Hold(ctx context.Context, m plan.Machine, secrets Secrets) {
	for _, hash := range []string{m.Keys, m.Token} {
		if hash == "" {
			continue
		}
		s.mu.Lock()
		if s.held[hash] == nil {
			s.held[hash] = &holding{Secrets: secrets}
		}
		s.held[hash].requests++
		s.mu.Unlock()
		context.AfterFunc(ctx, func() { s.release(hash) })
	}
}

func (s *Source) release(hash string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[hash].requests--; s.held[hash].requests == 0 {
		delete(s.held, hash)
	}
}

// secretsOf are the secrets of a step, where it needs any.
func (s *Source) secretsOf(step plan.Step) (Secrets, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.held[step.Source.Caller]
	if of == nil {
		return Secrets{}, step.Source.Caller == "" && !step.OfCaller()
	}
	return of.Secrets, true
}

// ID is empty: the step says everything.
func (s *Source) ID(plan.Step) (id string, known bool) { return "", true }

// Asks says whether the step needs a secret that no request under way has brought.
func (s *Source) Asks(step plan.Step) bool {
	_, at := s.secretsOf(step)
	return !at
}

// Run gets the credentials. It may return: ErrNoCredentials, ErrRefused, ErrNoAnswer,
// ErrConfig, ErrCanceled.
func (s *Source) Run(ctx context.Context, step plan.Step, _ vaultcore.Credentials) (vaultcore.Credentials, error) {
	secrets, at := s.secretsOf(step)
	if !at {
		return vaultcore.Credentials{}, notHeld(step)
	}
	if step.OfCaller() {
		return secrets.Keys, nil
	}
	token, err := tokenOf(step, secrets)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	carrier, err := s.options.Carriers.For(step.Via)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	by := &transport{base: carrier}
	got, err := s.provider(step, token, by).Retrieve(ctx)
	if err != nil {
		return vaultcore.Credentials{}, fault(ctx, step, by, err)
	}
	return credentials(step, got)
}

// notHeld is the failure of a step whose secrets nobody brings.
func notHeld(step plan.Step) error {
	if step.OfCaller() {
		return vaultcore.Faultf(vaultcore.ErrNoCredentials, "no keys in the environment for %s, which has %s",
			vaultcore.Printable(step.Profile), step.Source).
			WithHint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and run the vaultbar command there")
	}
	return vaultcore.Faultf(vaultcore.ErrNoCredentials, "only programs in the container have its token in their environment, for %s",
		vaultcore.Printable(step.Profile)).WithHint("run the vaultbar command there")
}
