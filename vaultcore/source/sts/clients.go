package sts

import (
	"cmp"
	"crypto/sha256"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// shared is a client that requests in one place share, and the secrets of the
// long-term keys that it has signed with, hashed, by the keys' ids.
type shared struct {
	client  *awssts.Client
	secrets map[string][sha256.Size]byte
}

// maxClients bounds the places that clients are kept for.
const maxClients = 256

// stsClient returns the client for a place, made at its first use. A client
// remembers how far AWS's clock is from ours; one that has signed with another
// secret of the same key is given up, see [Client.newSTS].
func (c *Client) stsClient(at Place, key vaultcore.Credentials) (*awssts.Client, error) {
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
			return nil, err
		}
		if len(c.clients) >= maxClients {
			clear(c.clients)
		}
		known = &shared{client, make(map[string][sha256.Size]byte)}
		c.clients[at] = known
	}
	if key.LongTerm() {
		known.secrets[key.AccessKeyID] = sum
	}
	return known.client, nil
}

// newSTS makes a client that nobody shares; connections are shared all the same.
// A client keeps what it derived from a key's secret under the key's id alone: one
// that was asked with a mistyped secret would sign with that ever after.
func (c *Client) newSTS(at Place) (*awssts.Client, error) {
	if err := at.check(); err != nil {
		return nil, err
	}
	return awssts.New(awssts.Options{
		Region:       at.Region,
		BaseEndpoint: given(at.Endpoint),
		HTTPClient:   c.httpClient(at.Via),
		Retryer:      c.retries.plain,
		Logger:       logging.Nop{},
		APIOptions:   c.userAgent(),
	}), nil
}

// newIAM is newSTS for IAM, which has one endpoint a partition.
func (c *Client) newIAM(at Place) (*iam.Client, error) {
	if err := at.check(); err != nil {
		return nil, err
	}
	return iam.New(iam.Options{
		Region:       at.Region,
		BaseEndpoint: given(at.Endpoint),
		HTTPClient:   c.httpClient(at.Via),
		Retryer:      c.retries.plain,
		Logger:       logging.Nop{},
		APIOptions:   c.userAgent(),
	}), nil
}

func (c *Client) userAgent() []func(*middleware.Stack) error {
	return []func(*middleware.Stack) error{awsmiddleware.AddUserAgentKeyValue("vaultbar", cmp.Or(c.options.Version, "devel"))}
}

// check looks where credentials are about to be sent. A region becomes part of a
// host name.
func (at Place) check() error {
	if at.Region == "" {
		return vaultcore.Faultf(vaultcore.ErrConfig, "no region says where to ask AWS").
			WithHint("set region for the profile")
	}
	if !aws.ValidRegion(at.Region) {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%q is not the name of a region", vaultcore.Printable(at.Region)).
			WithHint("set region of the profile to one like us-east-1")
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
