package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/signin/types"
	"github.com/aws/smithy-go"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
)

// ErrSignInEnded is a sign-in that AWS takes no more: a person must sign in again.
var ErrSignInEnded = errors.New("the sign-in has ended")

// action is the one call that is made.
const action = "signin:CreateOAuth2Token"

// Reply is what may be kept of AWS's answer to a request that failed: nothing that
// it could have quoted. It is the cause of a fault.
type Reply struct {
	Status int    // of HTTP; 0 when there was no reply
	Code   string // of the exception; may be empty
	Reason string // AWS's word for why, such as TOKEN_EXPIRED; may be empty
}

// Error is one line for a log.
func (r *Reply) Error() string {
	return fmt.Sprintf("%s: status %d, code %q, reason %q", action, r.Status, r.Code, r.Reason)
}

var wordShape = regexp.MustCompile(`^[A-Za-z_]{1,64}$`)

// replyTo picks from an error what is safe to keep.
func replyTo(err error) *Reply {
	r := &Reply{}
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) {
		r.Status = status.HTTPStatusCode()
	}
	word := func(text string) string {
		if !wordShape.MatchString(text) || text == "UnknownError" {
			return ""
		}
		return text
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		r.Code = word(api.ErrorCode())
	}
	var denied *types.AccessDeniedException
	var invalid *types.ValidationException
	switch {
	case errors.As(err, &denied):
		r.Reason = word(string(denied.Error_))
	case errors.As(err, &invalid):
		r.Reason = word(string(invalid.Error_))
	}
	return r
}

// refusal is what one of AWS's answers means.
type refusal struct {
	kind          error
	message, hint string // %s is the session
}

const again = "sign in again"

// refusals are those of AccessDeniedException, by their reasons, and the other
// exceptions by their codes. Source: AWS Sign-In API Reference, CreateOAuth2Token.
var refusals = map[string]refusal{
	"TOKEN_EXPIRED":            {ErrSignInEnded, "the sign-in to %s has ended: it lasts 12 h at most", again},
	"USER_CREDENTIALS_CHANGED": {ErrSignInEnded, "the sign-in to %s has ended: the password was changed", again},
	"INSUFFICIENT_PERMISSIONS": {vaultcore.ErrRefused, "you are not allowed to sign in to %s with `aws login`",
		"ask your administrator for signin:AuthorizeOAuth2Access and signin:CreateOAuth2Token, as in the managed policy SignInLocalDevelopmentAccess"},
	"AUTHCODE_EXPIRED":    {vaultcore.ErrRefused, "the sign-in to %s took too long: its code has expired", again},
	"ValidationException": {ErrSignInEnded, "the sign-in to %s has ended: AWS no longer accepts it", again},
	"TooManyRequestsError": {vaultcore.ErrNoAnswer, "AWS is throttling sign-ins to %s",
		"wait a minute, then try again"},
	"AccessDeniedException": {vaultcore.ErrRefused, "AWS refused the sign-in to %s", again},
}

// fault says what became of a request, in words for a person. ctx is that of the
// caller, whose end is not AWS's doing.
func fault(ctx context.Context, of Session, region string, err error) error {
	reply := replyTo(err)
	if errors.Is(ctx.Err(), context.Canceled) {
		return &vaultcore.Fault{Kind: vaultcore.ErrCanceled, Message: "the sign-in to " + of.Name() + " was canceled", Cause: context.Canceled}
	}
	known, ok := refusals[reply.Reason]
	if !ok {
		known, ok = refusals[reply.Code]
	}
	var f *vaultcore.Fault
	switch {
	case ok:
		f = vaultcore.Faultf(known.kind, known.message, of.Name()).WithHint("%s", known.hint)
	case reply.Status >= http.StatusInternalServerError:
		f = vaultcore.Faultf(vaultcore.ErrNoAnswer, "AWS is having problems: it answered %d to the sign-in to %s", reply.Status, of.Name()).
			WithHint("try again in a minute")
	case reply.Status != 0, errors.Is(err, errNoCredentials):
		f = vaultcore.Faultf(vaultcore.ErrNoAnswer, "something other than AWS answered the sign-in to %s", of.Name()).WithHint("%s", awshttp.PortalHint)
	default:
		f = awshttp.Host{Name: "AWS's sign-in service", Region: region, Setting: "endpoint_url"}.Fault(err)
	}
	return f.WithCause(reply)
}

// notTaken is the fault of a sign-in that AWS refuses as soon as it is there.
func notTaken(of Session, cause error) error {
	return vaultcore.Faultf(vaultcore.ErrRefused, "AWS does not accept the sign-in to %s that it has just issued", of.Name()).WithCause(cause).
		WithHint("check this computer's clock, then sign in again")
}

// somebodyElse is the fault of a sign-in as another than the profile names.
func somebodyElse(of Session, who string) error {
	f := vaultcore.Faultf(vaultcore.ErrRefused, "you signed in as %s, and %s is %s",
		vaultcore.Printable(who), vaultcore.Printable(of.Profile), vaultcore.Printable(of.ARN))
	return f.WithHint("sign in again and choose that session on AWS's page, or set login_session of the profile to the one that you want")
}
