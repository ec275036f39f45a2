package provider

import (
	"cmp"
	"crypto/sha256"
	"net"
	"net/url"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// shared is a client that requests in one place share, and the secrets of the
// long-term keys that it has signed with, hashed, by the keys' ids.
type shared struct {
	client  *sts.Client
	secrets map[string][sha256.Size]byte
}

// stsClient returns the client for a region, made at its first use. A client
// remembers how far AWS's clock is from ours; one that has signed with another
// secret of the same key is given up, see [Provider.newSTS].
func (p *Provider) stsClient(region, endpoint string, key vaultcore.Credentials) (*sts.Client, error) {
	at, sum := place{region, endpoint}, sha256.Sum256([]byte(key.SecretAccessKey.Reveal()))
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.clients[at]
	if known != nil {
		if old, ok := known.secrets[key.AccessKeyID]; ok && old != sum {
			known = nil
		}
	}
	if known == nil {
		client, err := p.newSTS(region, endpoint)
		if err != nil {
			return nil, err
		}
		known = &shared{client, make(map[string][sha256.Size]byte)}
		p.clients[at] = known
	}
	if key.LongTerm() {
		known.secrets[key.AccessKeyID] = sum
	}
	return known.client, nil
}

// newSTS makes a client that nobody shares; connections are shared all the same.
// A client keeps what it derived from a key's secret under the key's id alone: one
// that was asked with a mistyped secret would sign with that ever after.
func (p *Provider) newSTS(region, endpoint string) (*sts.Client, error) {
	at, err := placeOf(region, cmp.Or(p.options.STSEndpoint, endpoint))
	if err != nil {
		return nil, err
	}
	return sts.New(sts.Options{
		Region:       at.region,
		BaseEndpoint: given(at.endpoint),
		HTTPClient:   p.http,
		Retryer:      p.retries.plain,
		Logger:       logging.Nop{},
		APIOptions:   p.userAgent(),
	}), nil
}

// newIAM is newSTS for IAM, which has one endpoint a partition.
func (p *Provider) newIAM(region, endpoint string) (*iam.Client, error) {
	at, err := placeOf(region, cmp.Or(p.options.IAMEndpoint, endpoint))
	if err != nil {
		return nil, err
	}
	return iam.New(iam.Options{
		Region:       at.region,
		BaseEndpoint: given(at.endpoint),
		HTTPClient:   p.http,
		Retryer:      p.retries.plain,
		Logger:       logging.Nop{},
		APIOptions:   p.userAgent(),
	}), nil
}

func (p *Provider) userAgent() []func(*middleware.Stack) error {
	return []func(*middleware.Stack) error{awsmiddleware.AddUserAgentKeyValue("vaultbar", cmp.Or(p.options.Version, "devel"))}
}

// placeOf checks where credentials are about to be sent. A region becomes part
// of a host name.
func placeOf(region, endpoint string) (place, error) {
	if region == "" {
		return place{}, vaultcore.Faultf(vaultcore.ErrConfig, "no region says where to ask AWS").
			WithHint("set region for the profile")
	}
	if !vaultcore.ValidRegion(region) {
		return place{}, vaultcore.Faultf(vaultcore.ErrConfig, "%q is not the name of a region", vaultcore.Printable(region)).
			WithHint("set region of the profile to one like us-east-1")
	}
	if endpoint == "" {
		return place{region: region}, nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return place{}, vaultcore.Faultf(vaultcore.ErrConfig, "an endpoint for AWS is set that is not an https address").
			WithHint("check endpoint_url of the profile, AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return place{}, vaultcore.Faultf(vaultcore.ErrConfig, "the endpoint on %s would be asked without encryption", vaultcore.Printable(u.Hostname())).
			WithHint("use https in endpoint_url, AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS; plain http is for this machine only")
	}
	return place{region: region, endpoint: endpoint}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
