package sso

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
)

// ErrSignInEnded is a sign-in that AWS takes no more: a person must sign in again.
var ErrSignInEnded = errors.New("the sign-in has ended")

// errPending and errSlowDown are answers while a person has not yet finished at the
// page of a device code.
var (
	errPending  = errors.New("the sign-in is not finished")
	errSlowDown = errors.New("polling too fast")
)

// Reply is what may be kept of AWS's answer to a request that failed: nothing that
// it could have quoted. It is the cause of a fault.
type Reply struct {
	Action string // sso:GetRoleCredentials
	Status int    // of HTTP; 0 when there was no reply
	Code   string // AWS's error code; may be empty

	RetryAfter time.Duration // how long AWS asks to wait; 0 where it does not
}

// Error is one line for a log.
func (r *Reply) Error() string {
	return fmt.Sprintf("%s: status %d, code %q", r.Action, r.Status, r.Code)
}

var codeShape = regexp.MustCompile(`^[A-Za-z]{1,64}$`)

// replyTo picks from an error what is safe to keep.
func replyTo(action string, err error) *Reply {
	r := &Reply{Action: action}
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) {
		r.Status = status.HTTPStatusCode()
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		seconds, _ := strconv.ParseUint(response.Response.Header.Get("Retry-After"), 10, 16)
		r.RetryAfter = time.Duration(seconds) * time.Second
	}
	var api smithy.APIError
	if errors.As(err, &api) && codeShape.MatchString(api.ErrorCode()) && api.ErrorCode() != "UnknownError" {
		r.Code = api.ErrorCode()
	}
	return r
}

// refusal is what one of AWS's error codes means.
type refusal struct {
	kind          error
	message, hint string // %s is the session
}

// refusals are those of SSO OIDC and of the portal, by their codes.
var refusals = map[string]refusal{
	"AccessDeniedException": {vaultcore.ErrRefused, "the sign-in to %s was refused on AWS's page",
		"sign in again and choose Allow; if it is refused again, ask your administrator"},
	"InvalidGrantException": {ErrSignInEnded, "the sign-in to %s has ended", "sign in again"},
	"ExpiredTokenException": {vaultcore.ErrRefused, "the sign-in to %s was not finished in time", "sign in again"},
	"InvalidClientException": {ErrSignInEnded, "AWS no longer knows this registration for %s",
		"sign in again"},
	"UnauthorizedClientException": {ErrSignInEnded, "AWS no longer knows this registration for %s",
		"sign in again"},
	"InvalidRequestException": {vaultcore.ErrConfig, "AWS does not accept the settings of %s",
		"check sso_start_url and sso_region: the region is that of Identity Center, not of your accounts"},
	"InvalidRequestRegionException": {vaultcore.ErrConfig, "%s is not in that region",
		"set sso_region to the region of Identity Center"},
	"InvalidScopeException":         {vaultcore.ErrConfig, "AWS does not know a scope of %s", "check sso_registration_scopes"},
	"UnsupportedGrantTypeException": {vaultcore.ErrConfig, "AWS does not offer this way to sign in to %s", "check sso_registration_scopes"},
	"UnauthorizedException":         {ErrSignInEnded, "the sign-in to %s has ended", "sign in again"},
	"TooManyRequestsException":      {vaultcore.ErrNoAnswer, "AWS is throttling requests to %s", "wait a minute, then try again"},
	"ResourceNotFoundException":     {vaultcore.ErrConfig, "%s does not list that account or role", "check sso_account_id and sso_role_name"},
}

// fault says what became of a request, in words for a person. ctx is that of the
// caller, whose end is not AWS's doing.
func fault(ctx context.Context, action string, s vaultcore.SignIn, err error) error {
	reply := replyTo(action, err)
	name := vaultcore.Printable(s.Name())
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return &vaultcore.Fault{Kind: vaultcore.ErrCanceled, Message: "the request to " + name + " was canceled", Cause: context.Canceled}
	case reply.Code == "AuthorizationPendingException":
		return errPending
	case reply.Code == "SlowDownException":
		return errSlowDown
	}
	var f *vaultcore.Fault
	known, ok := refusals[reply.Code]
	switch {
	case ok:
		f = vaultcore.Faultf(known.kind, known.message, name).WithHint("%s", known.hint)
	case reply.Status >= http.StatusInternalServerError:
		f = vaultcore.Faultf(vaultcore.ErrNoAnswer, "AWS is having problems: it answered %d for %s", reply.Status, name).
			WithHint("try again in a minute")
	case reply.Status != 0:
		f = vaultcore.Faultf(vaultcore.ErrNoAnswer, "something other than AWS answered for %s", name).WithHint("%s", awshttp.PortalHint)
	default:
		f = awshttp.Host{Name: "the sign-in service of " + name, Region: s.Region, Setting: "endpoint_url"}.Fault(err)
	}
	return f.WithCause(reply)
}

// ended is the fault of a sign-in that cannot be refreshed.
func ended(s vaultcore.SignIn) error {
	return vaultcore.Faultf(ErrSignInEnded, "the sign-in to %s has ended", vaultcore.Printable(s.Name())).WithHint("sign in again")
}

// notTaken is the fault of a sign-in that AWS refuses as soon as it is there.
func notTaken(s vaultcore.SignIn, cause error) error {
	return vaultcore.Faultf(vaultcore.ErrRefused, "AWS does not accept the sign-in to %s that it has just issued", vaultcore.Printable(s.Name())).WithCause(cause).
		WithHint("check sso_region and this computer's clock, then try again")
}

// noRole is the fault of a role that a person was not given.
func noRole(r Role, cause *Reply) error {
	f := vaultcore.Faultf(vaultcore.ErrRefused, "you have no role %s in account %s",
		vaultcore.Printable(r.Name), vaultcore.Printable(r.Account)).
		WithHint("sso_role_name is the name of the permission set, not of the IAM role " +
			"(AWSReservedSSO_…); a permission set that was assigned to you after you signed in " +
			"shows up after signing out and in again")
	return f.WithCause(cause)
}

func isCode(err error, code string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && strings.EqualFold(api.ErrorCode(), code)
}
