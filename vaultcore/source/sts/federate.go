package sts

import (
	"cmp"
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Federation is a session of sts:GetFederationToken, which the console takes in
// place of a user's key.
type Federation struct {
	At       Place  // where STS is asked
	Name     string // 2 to 32 characters
	Policy   string // JSON; without one the session may do nothing
	Duration time.Duration
}

// Federate makes a federated session with a user's long-term key. It may return:
// ErrRefused, ErrNoAnswer, ErrConfig, ErrCanceled; the cause of a refusal is a
// [Reply], which says whether a policy denies the call outright.
func (c *Client) Federate(ctx context.Context, f Federation, key vaultcore.Credentials) (vaultcore.Credentials, error) {
	f.At.Region = cmp.Or(f.At.Region, "us-east-1")
	client, err := c.newSTS(f.At)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	within, cancel := context.WithTimeout(ctx, c.options.Budget)
	defer cancel()
	in := &awssts.GetFederationTokenInput{
		Name: aws.String(f.Name), Policy: aws.String(f.Policy), DurationSeconds: aws.Int32(int32(f.Duration / time.Second)),
	}
	r := request{step: plan.Step{Kind: plan.Key, Duration: f.Duration}, from: key, retries: c.retries}
	out, err := client.GetFederationToken(within, in, r.signed)
	if err == nil {
		var made vaultcore.Credentials
		if made, err = r.taken(out.Credentials, out.ResultMetadata, key.AccountID); err == nil {
			return made, nil
		}
	}
	t := told{action: "sts:GetFederationToken", step: r.step, keyID: key.AccessKeyID, longTerm: key.LongTerm(), at: f.At}
	return vaultcore.Credentials{}, t.fault(ctx, err)
}
