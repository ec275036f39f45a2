package sts

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/vaultbar/vaultbar/vaultcore"
	vaultaws "github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// request is one step on its way to AWS.
type request struct {
	step    plan.Step
	from    vaultcore.Credentials
	code    vaultcore.Secret
	retries retries
}

func actionOf(step plan.Step) string {
	if step.Kind == plan.Session {
		return "sts:GetSessionToken"
	}
	return "sts:AssumeRole"
}

func (r request) send(ctx context.Context, sts steps) (vaultcore.Credentials, error) {
	if r.step.Kind == plan.Session {
		return r.session(ctx, sts)
	}
	return r.role(ctx, sts)
}

// signed signs with the credentials of the step before, and chooses how the
// request may be repeated.
func (r request) signed(o *awssts.Options) {
	o.Credentials = signer(r.from)
	o.Retryer = r.retries.plain
	if r.step.MFASerial != "" {
		o.Retryer = r.retries.withCode
	}
}

// signer gives credentials to the SDK for one call.
func signer(from vaultcore.Credentials) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{
			AccessKeyID:     from.AccessKeyID,
			SecretAccessKey: from.SecretAccessKey.Reveal(),
			SessionToken:    from.SessionToken.Reveal(),
		}, nil
	})
}

func (r request) session(ctx context.Context, sts steps) (vaultcore.Credentials, error) {
	in := &awssts.GetSessionTokenInput{DurationSeconds: r.seconds()}
	if r.step.MFASerial != "" {
		in.SerialNumber, in.TokenCode = aws.String(r.step.MFASerial), aws.String(r.code.Reveal())
	}
	out, err := sts.session(ctx, in, r.signed)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	return r.credentials(out.Credentials, out.ResultMetadata, r.from.AccountID)
}

func (r request) role(ctx context.Context, sts steps) (vaultcore.Credentials, error) {
	in := &awssts.AssumeRoleInput{
		RoleArn:           aws.String(r.step.RoleARN),
		RoleSessionName:   aws.String(r.step.RoleSessionName),
		DurationSeconds:   r.seconds(),
		ExternalId:        given(r.step.ExternalID),
		SourceIdentity:    given(r.step.SourceIdentity),
		TransitiveTagKeys: r.step.TransitiveTags,
		PolicyArns:        policies(r.step),
	}
	for _, tag := range r.step.Tags {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(tag.Key), Value: aws.String(tag.Value)})
	}
	if r.step.MFASerial != "" {
		in.SerialNumber, in.TokenCode = aws.String(r.step.MFASerial), aws.String(r.code.Reveal())
	}
	out, err := sts.role(ctx, in, r.signed)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	return r.credentials(out.Credentials, out.ResultMetadata, accountOf(out.AssumedRoleUser))
}

// policies are what narrows the session of a role.
func policies(step plan.Step) []types.PolicyDescriptorType {
	if step.Policy == "" {
		return nil
	}
	return []types.PolicyDescriptorType{{Arn: aws.String(step.Policy)}}
}

// accountOf is the account of a role that was assumed, as AWS says it; empty where it
// does not.
func accountOf(user *types.AssumedRoleUser) string {
	if user == nil {
		return ""
	}
	arn, _ := vaultaws.ParseARN(aws.ToString(user.Arn))
	return arn.Account
}

func (r request) seconds() *int32 { return aws.Int32(int32(r.step.Duration / time.Second)) }

// given is nil for the empty text: AWS takes an empty parameter for a wrong one.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// credentials turns AWS's answer into credentials. One with anything else in it is none
// of AWS's.
func (r request) credentials(c *types.Credentials, metadata middleware.Metadata, account string) (vaultcore.Credentials, error) {
	if c == nil || c.Expiration == nil || !vaultcore.IsKeyID(aws.ToString(c.AccessKeyId)) ||
		!vaultcore.Visible(aws.ToString(c.SecretAccessKey)) || !vaultcore.Visible(aws.ToString(c.SessionToken)) {
		return vaultcore.Credentials{}, errNotCredentials
	}
	skew, _ := awsmiddleware.GetAttemptSkew(metadata)
	at, ok := awsmiddleware.GetResponseAt(metadata)
	if !ok {
		at = time.Now()
	}
	return vaultcore.Credentials{
		AccessKeyID:     *c.AccessKeyId,
		SecretAccessKey: vaultcore.NewSecret(*c.SecretAccessKey),
		SessionToken:    vaultcore.NewSecret(*c.SessionToken),
		Expires:         localExpiry(*c.Expiration, r.step.Duration, skew, at),
		AccountID:       account,
	}, nil
}

// clockTolerance is how far two clocks may be apart without anybody caring.
const clockTolerance = time.Minute

// localExpiry is when a session ends by this machine's clock, which AWS's is
// ahead of by skew according to the Date of its reply. A Date that the
// session's own end contradicts (it began now and lives as long as was asked)
// is not AWS's, and not followed. The end is right by the clock as it is now, and
// no longer once that is set.
func localExpiry(end time.Time, asked, skew time.Duration, now time.Time) time.Time {
	if skew.Abs() < clockTolerance {
		return end
	}
	began := end.Add(-asked - skew)
	if now.Sub(began).Abs() > clockTolerance {
		return end
	}
	return end.Add(-skew)
}
