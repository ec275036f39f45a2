package sso

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/vaultbar/vaultbar/vaultcore"
	vaultaws "github.com/vaultbar/vaultbar/vaultcore/aws"
)

// Portal is the service that gives the credentials of roles to whoever is signed
// in: SSO.
type Portal struct {
	client  *sso.Client
	session vaultcore.SignIn
	pace    *pace // of what lists
	roles   *pace // of what gives credentials: none, until AWS throttles

	attempts int // how often credentials are asked for at most; 0 for as often as is usual
}

// NewPortal makes the portal of a session.
func NewPortal(session vaultcore.SignIn, at Target) *Portal {
	options := sso.Options{Region: session.Region, HTTPClient: at.HTTP, Logger: logging.Nop{}}
	if at.Portal != "" {
		options.BaseEndpoint = &at.Portal
	} else {
		options.EndpointOptions.UseFIPSEndpoint, options.EndpointOptions.UseDualStackEndpoint = variant(at.Variant)
	}
	return &Portal{client: sso.New(options), session: session, pace: &pace{gap: listGap}, roles: &pace{}, attempts: at.Attempts}
}

// Role is a permission set in an account.
type Role struct {
	Account string // twelve digits
	Name    string // of the permission set
}

// Credentials gives those of a role. It may return: ErrSignInEnded, ErrRefused for a
// role that this person was not given, ErrNoAnswer, ErrConfig, ErrCanceled.
func (p *Portal) Credentials(ctx context.Context, access vaultcore.Secret, role Role) (vaultcore.Credentials, error) {
	const action = "sso:GetRoleCredentials"
	var out *sso.GetRoleCredentialsOutput
	err := p.roles.paced(ctx, p.attempts, func() (err error) {
		out, err = p.client.GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
			AccessToken: aws.String(access.Reveal()),
			AccountId:   &role.Account,
			RoleName:    &role.Name,
		}, once)
		switch {
		case isCode(err, "ForbiddenException"): // not in AWS's model, and what it answers
			return noRole(role, replyTo(action, err))
		case err != nil:
			return p.fault(ctx, action, err)
		default:
			return nil
		}
	})
	switch {
	case err != nil:
		return vaultcore.Credentials{}, err
	case out.RoleCredentials == nil || aws.ToString(out.RoleCredentials.SessionToken) == "" || out.RoleCredentials.Expiration == 0:
		return vaultcore.Credentials{}, p.fault(ctx, action, errNoCredentials)
	}
	got := out.RoleCredentials
	return vaultcore.Credentials{
		AccessKeyID:     aws.ToString(got.AccessKeyId),
		SecretAccessKey: vaultcore.NewSecret(aws.ToString(got.SecretAccessKey)),
		SessionToken:    vaultcore.NewSecret(aws.ToString(got.SessionToken)),
		Expires:         localTime(time.UnixMilli(got.Expiration), out.ResultMetadata),
		AccountID:       role.Account, // AWS refuses a role of another
	}, nil
}

// SignOut ends the sign-in session at AWS, in all its regions. The credentials of
// roles that it gave live on until their end. It may return: ErrSignInEnded when it
// had ended before, ErrNoAnswer, ErrCanceled.
func (p *Portal) SignOut(ctx context.Context, access vaultcore.Secret) error {
	_, err := p.client.Logout(ctx, &sso.LogoutInput{AccessToken: aws.String(access.Reveal())})
	if err != nil {
		return p.fault(ctx, "sso:Logout", err)
	}
	return nil
}

// localTime is a time of AWS's clock by this machine's, where they differ by more
// than the journey of a reply.
func localTime(at time.Time, reply middleware.Metadata) time.Time {
	server, ok := awsmiddleware.GetServerTime(reply)
	if ahead := time.Until(server); ok && ahead.Abs() > time.Minute {
		return at.Add(-ahead)
	}
	return at
}

// RoleARN is an ARN in the account and partition of a source's role; "" for another
// kind of source. It names the permission set, as IAM's own name for the role is not known.
func RoleARN(s vaultcore.Source) string {
	if s.Kind != vaultcore.SSOSource {
		return ""
	}
	return "arn:" + vaultaws.PartitionOf(s.SignIn.Region).Name + ":iam::" + s.Account + ":role/" + s.Role
}

// What is wrong with replies that are none of AWS's errors.
var (
	errNoCredentials = errors.New("the reply holds no credentials")
	errEndless       = errors.New("the list does not end")
)

func (p *Portal) fault(ctx context.Context, action string, err error) error {
	return fault(ctx, action, p.session, err)
}
