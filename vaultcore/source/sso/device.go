package sso

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/source/person"
)

// Polling of RFC 8628, section 3.5.
const (
	defaultInterval = 5 * time.Second // where AWS names none
	slowDown        = 5 * time.Second // added each time AWS says slow_down
)

// Device signs a person in by a code, which show is called with. It returns when
// they have finished at AWS's page. It may return: ErrCanceled, ErrRefused,
// ErrNoAnswer, ErrConfig, what show returns.
func (a *Authority) Device(ctx context.Context, have Registration, show func(person.Code) error) (Token, error) {
	registration, err := a.register(ctx, have, grantDevice)
	if err != nil {
		return Token{}, err
	}
	start, err := a.start(ctx)
	if err != nil {
		return Token{}, err
	}
	begun := a.now()
	out, err := a.client.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{
		ClientId:     &registration.ClientID,
		ClientSecret: aws.String(registration.ClientSecret.Reveal()),
		StartUrl:     &start,
	})
	if err != nil {
		return Token{}, fault(ctx, "sso-oidc:StartDeviceAuthorization", a.session, err)
	}
	code := person.Code{
		User:    aws.ToString(out.UserCode),
		Address: aws.ToString(out.VerificationUri),
		Page:    aws.ToString(out.VerificationUriComplete),
		Expires: begun.Add(time.Duration(out.ExpiresIn) * time.Second),
	}
	if err := show(code); err != nil {
		return Token{}, err
	}
	interval := time.Duration(out.Interval) * time.Second
	if interval <= 0 {
		interval = defaultInterval
	}
	return a.poll(ctx, registration, aws.ToString(out.DeviceCode), code.Expires, interval)
}

// poll asks for the token until a person has finished or the code has ended.
func (a *Authority) poll(ctx context.Context, r Registration, device string, expires time.Time, interval time.Duration) (Token, error) {
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return Token{}, fault(ctx, "sso-oidc:CreateToken", a.session, ctx.Err())
		case <-timer.C:
		}
		token, err := a.token(ctx, r, &ssooidc.CreateTokenInput{
			GrantType:  aws.String(grantDevice),
			DeviceCode: &device,
		})
		switch {
		case errors.Is(err, errSlowDown):
			interval += slowDown
		case !errors.Is(err, errPending):
			return token, err
		}
		if !a.now().Before(expires) {
			return Token{}, vaultcore.Faultf(vaultcore.ErrCanceled, "the sign-in to %s was not finished in time",
				vaultcore.Printable(a.session.Name())).WithHint("sign in again")
		}
		timer.Reset(interval)
	}
}
