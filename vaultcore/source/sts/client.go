// Package sts carries out the steps of a plan that call STS: it makes a
// session of a key (sts:GetSessionToken), assumes a role (sts:AssumeRole), makes
// a user's session for the console (sts:GetFederationToken), and says whose key
// it is (sts:GetCallerIdentity, iam:ListMFADevices).
//
// A [Client] makes the calls. It holds no state but connections and what AWS's clock
// said. A [Source] is what package session runs: it asks for the MFA code that a step
// needs, three times at most, and sends no code twice. Neither keeps credentials.
//
// Its second half is telling what went
// wrong. Every error is a [vaultcore.Fault] with one line that names the cause
// and a hint with the next step; what AWS wrote is never passed on, only
// recognised, because a reply may quote the request. The code and the request
// id of AWS's reply are kept in a [Reply], which is the cause of the fault and
// which a log shows with it.
//
// Retries are the SDK's, three attempts within 20 s, but a request with an MFA
// code is sent again only where AWS cannot have used the code up: when it was
// never sent, or when AWS answered that it is too busy or out of order. After a
// broken connection nobody knows, and the code would come back as a wrong one.
//
// A clock that is wrong does no harm as long as it stays as wrong: a request that
// AWS refuses for its date is sent again with AWS's, and the end of a session is
// given by the local clock, so that "time left" is right on this machine. When
// the clock is set meanwhile, the ends of the sessions from before are wrong by
// as much: they are renewed too early, or used until AWS refuses them.
//
// It refuses plain http to other machines and follows no redirects. Where a
// request goes and by which way comes with it: package trust has decided that,
// and package awshttp carries it there. The process's environment has no say.
//
// Start with [Source.Run]; what each refusal of AWS becomes is the
// table in refusals.go.
package sts

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Options set up a [Client]. The zero value asks the real AWS.
type Options struct {
	// Version is Vaultbar's, told to AWS in the User-Agent header.
	Version string
	// Carriers carry the requests; those of [awshttp.New] when nil.
	Carriers Carriers
	// Attempt is how long one attempt may take; 5 s when 0.
	Attempt time.Duration
	// Budget is how long a step may take with all its attempts; 20 s when 0.
	Budget time.Duration
	// Pause is the first pause between two attempts, doubled each time and
	// shortened at random; 500 ms when 0.
	Pause time.Duration
}

// Carriers say what carries requests by a way: an [awshttp.Carriers].
type Carriers interface {
	// For may return: ErrConfig for a way that cannot be used.
	For(vaultcore.Via) (http.RoundTripper, error)
}

// Client carries out steps. It may be used by many goroutines at once.
type Client struct {
	options Options
	retries retries

	mu      sync.Mutex // guards the clients, which are made when first needed
	clients map[Place]*shared
}

// Place is where a service is asked, and by which way.
type Place struct {
	Region   string // empty for AWS's first
	Endpoint string // asked instead of AWS's own; empty for that
	Via      vaultcore.Via
}

// placeOf is where a step is carried out.
func placeOf(step plan.Step) Place { return Place{step.Region, step.Endpoint, step.Via} }

// New makes a client. It opens nothing yet.
func New(o Options) *Client {
	o.Attempt = orDefault(o.Attempt, 5*time.Second)
	o.Budget = orDefault(o.Budget, 20*time.Second)
	o.Pause = orDefault(o.Pause, 500*time.Millisecond)
	if o.Carriers == nil {
		o.Carriers = awshttp.New(o.Attempt)
	}
	return &Client{
		options: o,
		retries: newRetries(o.Pause),
		clients: make(map[Place]*shared),
	}
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// Run carries out a session or a role step with the credentials of the step
// before it, and a code of step.MFASerial where the step has one. The
// credentials it returns end by this machine's clock. It may return:
// ErrWrongCode, ErrRefused, ErrNoAnswer, ErrConfig, ErrCanceled.
func (c *Client) Run(ctx context.Context, step plan.Step, from vaultcore.Credentials, code vaultcore.Secret) (vaultcore.Credentials, error) {
	if err := checkCode(step, code); err != nil {
		return vaultcore.Credentials{}, err
	}
	client, err := c.stsClient(placeOf(step), from)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	within, cancel := context.WithTimeout(ctx, c.options.Budget)
	defer cancel()
	r := request{step: step, from: from, code: code, retries: c.retries}
	made, err := r.send(within, client)
	if err != nil {
		return vaultcore.Credentials{}, r.told().fault(ctx, err)
	}
	return made, nil
}

// checkCode keeps a code that cannot be right from being sent.
func checkCode(step plan.Step, code vaultcore.Secret) error {
	if step.MFASerial == "" {
		return nil
	}
	text := code.Reveal()
	if len(text) != 6 {
		return notACode(step)
	}
	for _, r := range text {
		if r < '0' || r > '9' {
			return notACode(step)
		}
	}
	return nil
}

func notACode(step plan.Step) error {
	f := vaultcore.Faultf(vaultcore.ErrWrongCode, "a code of %s has six digits", vaultcore.Printable(step.MFASerial)).
		WithHint("type the six digits that the device shows now")
	f.Cause = &Reply{Action: actionOf(step), unsent: true}
	return f
}
