// Package sts carries out the steps of a plan that call STS: it makes a
// session of a key (sts:GetSessionToken), assumes a role (sts:AssumeRole), makes
// a user's session for the console (sts:GetFederationToken), and says whose key
// it is (sts:GetCallerIdentity, iam:ListMFADevices). For package webidentity it
// assumes a role with a token.
//
// A [Client] makes the calls. It holds no state but connections and what AWS's clock
// said. A [Source] is what package session runs: it asks for the MFA code that a step
// needs, three times at most, and sends no code twice. Neither keeps credentials.
//
// Its second half is telling what went
// wrong. Every error is a [vaultcore.Fault] with one line that names the cause
// and a hint with the next step; what AWS wrote is never passed on, only
// recognized, because a reply may quote the request. The code and the request
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
	"cmp"
	"context"
	"crypto/sha256"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Options set up a [Client]. The zero value asks the real AWS.
type Options struct {
	// Version is Vaultbar's, told to AWS in the User-Agent header.
	Version string
	// Carriers carry the requests; those of [awshttp.New] when nil.
	Carriers awshttp.Ways
	// Attempt is how long one attempt may take; 5 s when 0.
	Attempt time.Duration
	// Budget is how long a step may take with all its attempts; 20 s when 0.
	Budget time.Duration
	// Pause is the first pause between two attempts, doubled each time and
	// shortened at random; 500 ms when 0.
	Pause time.Duration
}

// Client carries out steps. It may be used by many goroutines at once.
type Client struct {
	options Options
	retries retries

	mu      sync.Mutex // guards the clients, which are made when first needed
	clients map[Target]*shared
}

// Target is where a service is asked, and by which way.
type Target struct {
	Region   string            // empty for AWS's first
	Endpoint string            // asked instead of AWS's own; empty for that
	Variant  vaultcore.Variant // of AWS's own
	Attempts int               // how often a request is sent at most; 0 for three times
	Via      vaultcore.Via
}

// TargetOf is where a step is carried out.
func TargetOf(step plan.Step) Target {
	return Target{Region: step.Region, Endpoint: step.Endpoint, Variant: step.Variant, Attempts: step.Attempts, Via: step.Via}
}

// New makes a client. It opens nothing yet.
func New(o Options) *Client {
	o.Attempt = cmp.Or(o.Attempt, 5*time.Second)
	o.Budget = cmp.Or(o.Budget, 20*time.Second)
	o.Pause = cmp.Or(o.Pause, 500*time.Millisecond)
	if o.Carriers == nil {
		o.Carriers = awshttp.New(o.Attempt)
	}
	return &Client{
		options: o,
		retries: newRetries(o.Pause),
		clients: make(map[Target]*shared),
	}
}

// Run carries out a session or a role step with the credentials of the step
// before it, and a code of step.MFASerial where the step has one. The
// credentials it returns end by this machine's clock. It may return:
// ErrWrongCode, ErrRefused, ErrNoAnswer, ErrConfig, ErrCanceled.
func (c *Client) Run(ctx context.Context, step plan.Step, from vaultcore.Credentials, code vaultcore.Secret) (vaultcore.Credentials, error) {
	if err := checkCode(step, code); err != nil {
		return vaultcore.Credentials{}, err
	}
	sts, err := c.sharing(TargetOf(step), from)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	within, cancel := context.WithTimeout(ctx, c.options.Budget)
	defer cancel()
	r := request{step: step, from: from, code: code, retries: c.retries.at(TargetOf(step))}
	made, err := r.send(within, sts)
	if err != nil {
		return vaultcore.Credentials{}, attemptOf(actionOf(step), step, from, TargetOf(step)).fault(ctx, err)
	}
	return made, nil
}

// shared is a client that requests in one place share, and the secrets of the
// long-term keys that it has signed with, hashed, by the keys' ids.
type shared struct {
	steps   steps
	secrets map[string][sha256.Size]byte
}

// steps are the calls of a client that carry out steps, for what [calls] is for.
type steps struct {
	session   stsCall[awssts.GetSessionTokenInput, awssts.GetSessionTokenOutput]
	role      stsCall[awssts.AssumeRoleInput, awssts.AssumeRoleOutput]
	withToken stsCall[awssts.AssumeRoleWithWebIdentityInput, awssts.AssumeRoleWithWebIdentityOutput]
}

type stsCall[In, Out any] func(context.Context, *In, ...func(*awssts.Options)) (*Out, error)

// maxClients bounds the places that clients are kept for.
const maxClients = 256

// sharing returns the calls of the client for a target, made at its first use. A client
// remembers how far AWS's clock is from ours; one that has signed with another
// secret of the same key is given up, see [Client.newSTS].
func (c *Client) sharing(at Target, key vaultcore.Credentials) (steps, error) {
	sum := sha256.Sum256([]byte(key.SecretAccessKey.Reveal()))
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.clients[at]
	if known != nil {
		if old, ok := known.secrets[key.AccessKeyID]; ok && old != sum {
			known = nil
		}
	}
	if known == nil {
		client, err := c.newSTS(at)
		if err != nil {
			return steps{}, err
		}
		if len(c.clients) >= maxClients {
			clear(c.clients)
		}
		known = &shared{
			steps{client.GetSessionToken, client.AssumeRole, client.AssumeRoleWithWebIdentity},
			make(map[string][sha256.Size]byte),
		}
		c.clients[at] = known
	}
	if key.LongTerm() {
		known.secrets[key.AccessKeyID] = sum
	}
	return known.steps, nil
}

// newSTS makes a client that nobody shares; connections are shared all the same.
// A client keeps what it derived from a key's secret under the key's id alone: one
// that was asked with a mistyped secret would sign with that ever after.
func (c *Client) newSTS(at Target) (*awssts.Client, error) {
	if err := at.check(); err != nil {
		return nil, err
	}
	o := awssts.Options{
		Region:       at.Region,
		BaseEndpoint: given(at.Endpoint),
		HTTPClient:   c.httpClient(at.Via),
		Retryer:      c.retries.at(at).plain,
		Logger:       logging.Nop{},
		APIOptions:   c.userAgent(),
	}
	o.EndpointOptions.UseFIPSEndpoint, o.EndpointOptions.UseDualStackEndpoint = at.variant()
	return awssts.New(o), nil
}

// newIAM is newSTS for IAM, which has one endpoint a partition.
func (c *Client) newIAM(at Target) (*iam.Client, error) {
	if err := at.check(); err != nil {
		return nil, err
	}
	o := iam.Options{
		Region:       at.Region,
		BaseEndpoint: given(at.Endpoint),
		HTTPClient:   c.httpClient(at.Via),
		Retryer:      c.retries.at(at).plain,
		Logger:       logging.Nop{},
		APIOptions:   c.userAgent(),
	}
	o.EndpointOptions.UseFIPSEndpoint, o.EndpointOptions.UseDualStackEndpoint = at.variant()
	return iam.New(o), nil
}

func (c *Client) userAgent() []func(*middleware.Stack) error {
	return []func(*middleware.Stack) error{awsmiddleware.AddUserAgentKeyValue("vaultbar", cmp.Or(c.options.Version, "devel"))}
}

// check looks where credentials are about to be sent. A region becomes part of a
// host name.
func (at Target) check() error {
	if at.Region == "" {
		return vaultcore.Faultf(vaultcore.ErrConfig, "no region is set, so it is unclear which AWS endpoint to use").
			WithHint("set region for the profile")
	}
	if !aws.ValidRegion(at.Region) {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%q is not a region", vaultcore.Printable(at.Region)).
			WithHint("set region of the profile to one such as us-east-1")
	}
	if at.Endpoint == "" {
		return nil
	}
	if _, reason := aws.Endpoint(at.Endpoint); reason != "" {
		return vaultcore.Faultf(vaultcore.ErrConfig, "the endpoint for AWS %s", reason).
			WithHint("check endpoint_url of the profile, AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS")
	}
	return nil
}
