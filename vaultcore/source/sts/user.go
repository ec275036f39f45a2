package sts

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/vaultbar/vaultbar/vaultcore"
	vaultaws "github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// devicesBudget is how long the search for MFA devices may take: it is best effort,
// and somebody waits for the rest.
const devicesBudget = 6 * time.Second

// Identify is [Client.WhoIs], and asks which MFA devices the user has. FIDO keys
// and passkeys are left out of these: STS takes codes only. Where the user may not
// list devices, there are none.
func (c *Client) Identify(ctx context.Context, sts, iam Target, key vaultcore.Credentials) (vaultcore.Identity, error) {
	id, err := c.WhoIs(ctx, sts, key)
	if err == nil && id.User != "" {
		all := c.devices(ctx, iam, key)
		id.MFADevices = slices.DeleteFunc(slices.Clone(all), func(serial string) bool { return !showsCodes(serial) })
		id.OnlyFIDO = len(all) > 0 && len(id.MFADevices) == 0
	}
	return id, err
}

// WhoIs asks STS whose credentials these are. It may return: ErrRefused,
// ErrNoAnswer, ErrConfig, ErrCanceled.
func (c *Client) WhoIs(ctx context.Context, at Target, key vaultcore.Credentials) (vaultcore.Identity, error) {
	at.Region = cmp.Or(at.Region, "us-east-1")
	client, err := c.newSTS(at)
	if err != nil {
		return vaultcore.Identity{}, err
	}
	within, cancel := context.WithTimeout(ctx, c.options.Budget)
	defer cancel()
	out, err := client.GetCallerIdentity(within, &awssts.GetCallerIdentityInput{}, func(o *awssts.Options) { o.Credentials = signer(key) })
	if err == nil && (out.Arn == nil || out.Account == nil) {
		err = errNotCredentials
	}
	if err != nil {
		return vaultcore.Identity{}, attemptOf("sts:GetCallerIdentity", plan.Step{Kind: plan.Key}, key, at).fault(ctx, err)
	}
	return vaultcore.Identity{Account: *out.Account, ARN: *out.Arn, User: userOf(*out.Arn)}, nil
}

// userOf is the name of the user that an ARN speaks of: "root" for the
// account's root, empty for a role.
func userOf(arn string) string {
	a, _ := vaultaws.ParseARN(arn)
	if a.Resource == "root" || strings.HasPrefix(a.Resource, "user/") {
		return a.Name()
	}
	return ""
}

// devices are the serials of the MFA devices of the key's user.
func (c *Client) devices(ctx context.Context, at Target, key vaultcore.Credentials) []string {
	at.Region = cmp.Or(at.Region, "us-east-1")
	client, err := c.newIAM(at)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, devicesBudget)
	defer cancel()
	out, err := client.ListMFADevices(ctx, &iam.ListMFADevicesInput{}, func(o *iam.Options) { o.Credentials = signer(key) })
	if err != nil {
		return nil
	}
	var serials []string
	for _, device := range out.MFADevices {
		serials = append(serials, aws.ToString(device.SerialNumber))
	}
	return serials
}

// showsCodes tells TOTP devices from the rest: a virtual one has an ARN of mfa/,
// a hardware one a serial number; FIDO keys have an ARN of u2f/.
func showsCodes(serial string) bool {
	if !strings.HasPrefix(serial, "arn:") {
		return serial != ""
	}
	a, _ := vaultaws.ParseARN(serial)
	return strings.HasPrefix(a.Resource, "mfa/")
}

// Federation is a session of sts:GetFederationToken, which the console takes in
// place of a user's key.
type Federation struct {
	At       Target // where STS is asked
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
	r := request{step: plan.Step{Kind: plan.Key, Duration: f.Duration}, from: key, retries: c.retries.at(f.At)}
	out, err := client.GetFederationToken(within, in, r.signed)
	if err == nil {
		var made vaultcore.Credentials
		if made, err = r.credentials(out.Credentials, out.ResultMetadata, key.AccountID); err == nil {
			return made, nil
		}
	}
	return vaultcore.Credentials{}, attemptOf("sts:GetFederationToken", r.step, key, f.At).fault(ctx, err)
}
