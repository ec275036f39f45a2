package console

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
)

// Options set up a [Signer]. The zero value asks AWS.
type Options struct {
	// Version is told to AWS in the User-Agent.
	Version string
	// Carriers carry the requests; those of [awshttp.New] when nil.
	Carriers awshttp.Ways
	// Attempt bounds one request, 5 s when 0; Budget all of them, 20 s when 0.
	Attempt, Budget time.Duration
}

// Signer asks AWS's sign-in for sign-in URLs. It keeps nothing but idle
// connections, and may be used by many goroutines.
type Signer struct {
	agent    string
	carriers awshttp.Ways
	attempt  time.Duration
	budget   time.Duration
}

// NewSigner makes a Signer.
func NewSigner(o Options) *Signer {
	s := &Signer{
		agent:   "vaultbar/" + cmp.Or(o.Version, "devel"),
		attempt: cmp.Or(o.Attempt, 5*time.Second),
		budget:  cmp.Or(o.Budget, 20*time.Second),
	}
	if s.carriers = o.Carriers; s.carriers == nil {
		s.carriers = awshttp.New(s.attempt)
	}
	return s
}

// Request is what a sign-in URL is made for.
type Request struct {
	Destination Destination
	// Duration is how long the console stays signed in, as [Choose] says; 0
	// leaves it to AWS.
	Duration time.Duration
	// LogoutFirst signs the browser out of the console before it signs in. It
	// is needed where another identity is signed in and AWS's multi-session is
	// off, and fails where that is on.
	LogoutFirst bool
	// Endpoint replaces AWS's sign-in hosts, as AWS_ENDPOINT_URL_SIGNIN does: an
	// https address, or http on this machine only. The sign-in URL leads there too;
	// where it lands stays AWS's console.
	Endpoint string
	// FIPS asks AWS's sign-in hosts whose cryptography is validated by FIPS 140, in the
	// partitions that have them.
	FIPS bool
	// Via is the way that the request takes.
	Via vaultcore.Via
}

// URL asks AWS's sign-in for a token and returns the address that signs a
// browser in, once and within 15 minutes. It may return: ErrRefused when AWS
// does not take the credentials, ErrNoAnswer, ErrRequest, ErrConfig, ErrCanceled.
func (s *Signer) URL(ctx context.Context, creds vaultcore.Credentials, r Request) (vaultcore.Secret, error) {
	if err := r.check(creds); err != nil {
		return vaultcore.Secret{}, err
	}
	endpoint, err := checkEndpoint(r.Endpoint)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	r.Endpoint = endpoint
	token, err := s.token(ctx, r, creds)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	query := url.Values{"Action": {"login"}, "Destination": {r.Destination.String()}, "SigninToken": {token.Reveal()}}
	login := r.base() + "/federation?" + query.Encode()
	if r.LogoutFirst {
		login = r.logoutBase() + "/oauth?" + url.Values{"Action": {"logout"}, "redirect_uri": {login}}.Encode()
	}
	return vaultcore.NewSecret(login), nil
}

// base is the address of the sign-in without its path. After signing out, AWS
// goes on to hosts with a region in front only.
func (r Request) base() string {
	if r.Endpoint != "" {
		return r.Endpoint
	}
	return r.Destination.partition.SignInAddress(r.Destination.region, r.LogoutFirst, r.FIPS)
}

// host is who is asked, for messages.
func (r Request) host() awshttp.Host {
	host := awshttp.Host{Setting: "AWS_ENDPOINT_URL_SIGNIN"}
	_, host.Name, _ = strings.Cut(r.base(), "://")
	if r.Endpoint == "" {
		host.Region = cmp.Or(r.Destination.region, r.Destination.partition.Home)
	}
	return host
}

// logoutBase is where browsers are signed out: in the partition's home region.
func (r Request) logoutBase() string {
	if r.Endpoint != "" {
		return r.Endpoint
	}
	home := r.Destination.partition
	return home.SignInAddress(home.Home, true, r.FIPS)
}

// check refuses what AWS would refuse for certain, without asking.
func (r Request) check(creds vaultcore.Credentials) error {
	switch {
	case r.Destination.IsZero():
		return vaultcore.Faultf(vaultcore.ErrRequest, "no console page to sign in to was given")
	case creds.LongTerm():
		return vaultcore.Faultf(vaultcore.ErrRefused, "a long-term key cannot sign in to the console").
			WithHint("sign in with a role's session, or with one of sts:GetFederationToken")
	case r.Duration != 0 && (r.Duration < aws.MinSession || r.Duration > aws.MaxConsole):
		return vaultcore.Faultf(vaultcore.ErrRequest, "console session duration %s is out of range (%s to %s)",
			vaultcore.Short(r.Duration), vaultcore.Short(aws.MinSession), vaultcore.Short(aws.MaxConsole))
	}
	return nil
}

// checkEndpoint refuses an endpoint that credentials must not be sent to, and
// takes the slash off its end.
func checkEndpoint(endpoint string) (string, error) {
	if endpoint == "" {
		return "", nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.ForceQuery || strings.Contains(endpoint, "#") || u.Scheme != "https" && u.Scheme != "http" {
		return "", vaultcore.Faultf(vaultcore.ErrConfig, "the endpoint set for AWS's sign-in is not an https address of a host").
			WithHint("check AWS_ENDPOINT_URL_SIGNIN")
	}
	if u.Scheme == "http" && !aws.Loopback(u.Hostname()) {
		return "", vaultcore.Faultf(vaultcore.ErrConfig, "the sign-in on %s would be reached without encryption", vaultcore.Printable(u.Hostname())).
			WithHint("use https in AWS_ENDPOINT_URL_SIGNIN; plain http is for this machine only")
	}
	return u.Scheme + "://" + u.Host, nil
}
