package sts

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

const withWebIdentity = "sts:AssumeRoleWithWebIdentity"

// leastMaximum is the least that the maximum of a role can be set to.
const leastMaximum = time.Hour

// AssumeWithToken assumes the role of a step with a web identity token, which is all
// that the request has to show: it is not signed. Where the role may not live as long,
// it lives an hour if that will do ([plan.Step].OrLess). An error whose SourceDead
// says true is of a token that has expired. It may return: ErrRefused, ErrNoAnswer,
// ErrConfig, ErrCanceled.
func (c *Client) AssumeWithToken(ctx context.Context, step plan.Step, token vaultcore.Secret) (vaultcore.Credentials, error) {
	nobody := vaultcore.Credentials{}
	sts, err := c.sharing(TargetOf(step), nobody)
	if err != nil {
		return nobody, err
	}
	within, cancel := context.WithTimeout(ctx, c.options.Budget)
	defer cancel()
	r := request{step: step, retries: c.retries.at(TargetOf(step))}
	made, err := r.withToken(within, sts, token)
	if step.OrLess && livesTooLong(err) {
		r.step.Duration = leastMaximum
		made, err = r.withToken(within, sts, token)
	}
	if err != nil {
		return nobody, attemptOf(withWebIdentity, step, nobody, TargetOf(step)).fault(ctx, err)
	}
	return made, nil
}

func (r request) withToken(ctx context.Context, sts steps, token vaultcore.Secret) (vaultcore.Credentials, error) {
	out, err := sts.withToken(ctx, &awssts.AssumeRoleWithWebIdentityInput{
		RoleArn:          aws.String(r.step.RoleARN),
		RoleSessionName:  aws.String(r.step.RoleSessionName),
		DurationSeconds:  r.seconds(),
		WebIdentityToken: aws.String(token.Reveal()),
		PolicyArns:       policies(r.step),
	}, func(o *awssts.Options) { o.Retryer = r.retries.withToken })
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	return r.credentials(out.Credentials, out.ResultMetadata, accountOf(out.AssumedRoleUser))
}

func livesTooLong(err error) bool {
	return refusedWith(err, "ValidationError", "MaxSessionDuration")
}

// tokenRetryable adds what is wrong with the issuer for a moment: that AWS could not
// reach it, or has not read its keys anew.
func tokenRetryable(err error) aws.Ternary {
	if refusedWith(err, "IDPCommunicationError", "") || refusedWith(err, "InvalidIdentityToken", unverified) {
		return aws.TrueTernary
	}
	return plainRetryable(err)
}

// refusedWith says whether AWS refused with a code, and a text.
func refusedWith(err error, code, text string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == code && strings.Contains(api.ErrorMessage(), text)
}

// unverified is what STS says of a token whose signature it cannot check.
const unverified = "verification key"

// tokenRefusals are those of a web identity token, before those of every call.
var tokenRefusals = []refusal{
	{"AccessDenied", "", attempt.tokenDenied},
	{"InvalidIdentityToken", "No OpenIDConnect provider", attempt.unknownIssuer},
	{"InvalidIdentityToken", "ncorrect token audience", attempt.otherAudience},
	{"InvalidIdentityToken", unverified, attempt.unverified},
	{"InvalidIdentityToken", "", attempt.noToken},
	{"ExpiredTokenException", "", attempt.tokenEnded},
	{"ExpiredToken", "", attempt.tokenEnded},
	{"IDPRejectedClaim", "", attempt.rejectedClaim},
	{"IDPCommunicationError", "", attempt.issuerAway},
	{"ValidationError", "webIdentityToken", attempt.noToken},
}

// given is where the token came from.
func (t attempt) given() string {
	return t.step.Source.Key + " of " + shown(t.step.Profile)
}

func (t attempt) tokenDenied(answer) *vaultcore.Fault {
	return refusedf("AWS does not allow this web identity token to assume %s", t.target()).
		WithHint("the trust policy of %s must name the token's issuer for %s, with conditions on sub and aud that the token meets; "+
			"AWS says the same of a role that does not exist", t.step.Role(), withWebIdentity)
}

func (t attempt) unknownIssuer(answer) *vaultcore.Fault {
	return refusedf("account %s knows no identity provider with the issuer of the web identity token", t.step.Account()).
		WithHint("add the token's issuer (its iss) as an OpenID Connect provider in IAM of account %s", t.step.Account())
}

func (t attempt) otherAudience(answer) *vaultcore.Fault {
	return refusedf("the web identity token is meant for another audience").
		WithHint("request it for an audience that the identity provider in account %s lists, usually sts.amazonaws.com", t.step.Account())
}

func (t attempt) unverified(answer) *vaultcore.Fault {
	return refusedf("AWS cannot verify the signature of the web identity token").
		WithHint("the issuer may have changed its keys, or AWS cannot read them: get a new token, and check that the issuer's address is public")
}

func (t attempt) noToken(answer) *vaultcore.Fault {
	return refusedf("AWS does not accept the web identity token: it is damaged, or not an OpenID Connect token").
		WithHint("check what %s contains: it must be an ID token (a JWT), not an access token", t.given())
}

func (t attempt) tokenEnded(a answer) *vaultcore.Fault {
	a.dead = true
	return refusedf("the web identity token has expired").
		WithHint("whatever writes %s must renew it; if it does, check this computer's clock", t.given())
}

func (t attempt) rejectedClaim(answer) *vaultcore.Fault {
	return refusedf("the issuer of the web identity token does not confirm it: it was revoked or has expired").
		WithHint("get a new token for %s", t.given())
}

func (t attempt) issuerAway(answer) *vaultcore.Fault {
	return noAnswer("AWS cannot reach the issuer of the web identity token").
		WithHint("try again in a minute; if it keeps failing, check that AWS can reach the issuer's address")
}
