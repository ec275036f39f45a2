package login

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/signin/types"
	"github.com/aws/smithy-go/logging"

	"github.com/vaultbar/vaultbar/vaultcore"
	vaultaws "github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/loopback"
)

// The clients of `aws login`, which AWS has registered for everybody: one whose browser
// is on the same computer, and one whose is on another.
const (
	sameDevice  = "arn:aws:signin:::devtools/same-device"
	crossDevice = "arn:aws:signin:::devtools/cross-device"
)

// Target is how the service is reached.
type Target struct {
	Region   string
	Endpoint string            // asked instead of AWS's own; empty for that
	Variant  vaultcore.Variant // of AWS's own
	HTTP     *http.Client      // carries the requests
}

func targetOf(step plan.Step) Target {
	return Target{Region: step.Region, Endpoint: step.Endpoint, Variant: step.Variant}
}

// Authority is the service that signs people in and refreshes their credentials.
type Authority struct {
	of      Session
	base    string // of the service's addresses
	options signin.Options
	carrier *http.Client
	newKey  func() (Key, error) // of new sign-ins
}

// Session is what a person signs in to.
type Session struct {
	Profile string // that says so; the sign-in is called by it
	ARN     string // login_session: who they are
}

// ARN is that of who has signed in; "" for another kind of source.
func ARN(s vaultcore.Source) string {
	if s.Kind != vaultcore.LoginSource {
		return ""
	}
	return s.Value
}

// Name is what a person reads after "sign in to".
func (s Session) Name() string { return "AWS for " + vaultcore.Printable(s.Profile) }

// NewAuthority makes the authority of a session. It may return: ErrConfig where there
// is no such service.
func NewAuthority(of Session, at Target) (*Authority, error) {
	base, err := address(at)
	if err != nil {
		return nil, err
	}
	options := signin.Options{
		Region:       at.Region,
		BaseEndpoint: &base,
		Retryer:      aws.NopRetryer{}, // a code is good once, whether or not its answer arrives
		Logger:       logging.Nop{},
	}
	return &Authority{of, base, options, at.HTTP, NewKey}, nil
}

// address is where the service of a place is.
func address(at Target) (string, error) {
	if at.Endpoint != "" {
		return at.Endpoint, nil
	}
	found, err := signin.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(),
		signin.EndpointParameters{Region: &at.Region, UseFIPS: &at.Variant.FIPS, UseDualStack: &at.Variant.DualStack, IsControlPlane: aws.Bool(false)})
	if err != nil {
		return "", vaultcore.Faultf(vaultcore.ErrConfig, "`aws login` has no address for the region %q", vaultcore.Printable(at.Region)).
			WithHint("set region for the profile")
	}
	return found.URI.Scheme + "://" + found.URI.Host, nil
}

// Hosts are the addresses of AWS's own hosts that a step reaches: none where an endpoint
// stands for them, or where there are none.
func Hosts(step plan.Step) []string {
	host, err := address(targetOf(step))
	if err != nil || step.Endpoint != "" {
		return nil
	}
	return []string{host}
}

// Refresh makes new credentials of a sign-in, without a person. It may return:
// ErrSignInEnded, when a person must sign in again; ErrRefused, ErrNoAnswer,
// ErrCanceled.
func (a *Authority) Refresh(ctx context.Context, e Entry) (Token, error) {
	return a.token(ctx, e.Key, &types.CreateOAuth2TokenRequestBody{
		ClientId:     &e.Client,
		GrantType:    aws.String("refresh_token"),
		RefreshToken: aws.String(e.Refresh.Reveal()),
	})
}

// redeem makes a new sign-in of a code.
func (a *Authority) redeem(ctx context.Context, client string, grant loopback.Grant) (Entry, error) {
	key, err := a.newKey()
	if err != nil {
		return Entry{}, err
	}
	token, err := a.token(ctx, key, &types.CreateOAuth2TokenRequestBody{
		ClientId:     &client,
		GrantType:    aws.String("authorization_code"),
		Code:         aws.String(grant.Code.Reveal()),
		CodeVerifier: aws.String(grant.Verifier.Reveal()),
		RedirectUri:  &grant.Redirect,
	})
	switch {
	case errors.Is(err, ErrSignInEnded): // there was none to end
		return Entry{}, notTaken(a.of, err)
	case err != nil:
		return Entry{}, err
	}
	if who := claimsOf(token.ID.Reveal()).Subject; who != a.of.ARN {
		return Entry{}, somebodyElse(a.of, who)
	}
	return NewEntry(client, key, token)
}

// token asks for a token by one grant; in says which. Where the clocks of this
// computer and of AWS differ, AWS refuses a proof as it does a sign-in that has ended:
// it is asked again by its own clock, once.
func (a *Authority) token(ctx context.Context, key Key, in *types.CreateOAuth2TokenRequestBody) (Token, error) {
	proving := &prover{key: key, client: a.carrier}
	token, err := a.ask(ctx, proving, in)
	if ahead := time.Duration(proving.ahead.Load()); errors.Is(err, ErrSignInEnded) && ahead.Abs() > time.Minute {
		proving.correct = ahead
		return a.ask(ctx, proving, in)
	}
	return token, err
}

func (a *Authority) ask(ctx context.Context, proving *prover, in *types.CreateOAuth2TokenRequestBody) (Token, error) {
	options := a.options
	options.HTTPClient = proving
	asked := time.Now().Round(0)
	reply, err := signin.New(options).CreateOAuth2Token(ctx, &signin.CreateOAuth2TokenInput{TokenInput: in})
	if err != nil {
		return Token{}, fault(ctx, a.of, a.options.Region, err)
	}
	out := reply.TokenOutput
	if out == nil || out.AccessToken == nil || aws.ToString(out.AccessToken.SessionToken) == "" ||
		aws.ToString(out.RefreshToken) == "" || aws.ToInt32(out.ExpiresIn) <= 0 {
		return Token{}, fault(ctx, a.of, a.options.Region, errNoCredentials)
	}
	who, _ := vaultaws.ParseARN(a.of.ARN)
	return Token{
		Credentials: vaultcore.Credentials{
			AccessKeyID:     aws.ToString(out.AccessToken.AccessKeyId),
			SecretAccessKey: vaultcore.NewSecret(aws.ToString(out.AccessToken.SecretAccessKey)),
			SessionToken:    vaultcore.NewSecret(aws.ToString(out.AccessToken.SessionToken)),
			Expires:         asked.Add(time.Duration(*out.ExpiresIn) * time.Second),
			AccountID:       who.Account,
		},
		Type:    aws.ToString(out.TokenType),
		Refresh: vaultcore.NewSecret(aws.ToString(out.RefreshToken)),
		ID:      vaultcore.NewSecret(aws.ToString(out.IdToken)),
	}, nil
}

var errNoCredentials = errors.New("the reply holds no credentials")

// prover adds the proof of a key to requests.
type prover struct {
	key     Key
	client  *http.Client
	correct time.Duration // added to this computer's clock
	ahead   atomic.Int64  // by how much AWS's clock was ahead, nanoseconds
}

// Do is part of the SDK's HTTPClient.
func (p *prover) Do(r *http.Request) (*http.Response, error) {
	called := url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: r.URL.Path}
	proof, err := p.key.Proof(called.String(), time.Now().Add(p.correct))
	if err != nil {
		return nil, err
	}
	r.Header.Set("DPoP", proof)
	reply, err := p.client.Do(r)
	if err != nil {
		return nil, err
	}
	if at, err := http.ParseTime(reply.Header.Get("Date")); err == nil {
		p.ahead.Store(int64(time.Until(at)))
	}
	return reply, nil
}
