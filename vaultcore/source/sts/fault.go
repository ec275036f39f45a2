package sts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Reply is what may be kept of AWS's reply to a request that failed: nothing
// that somebody else could have written into it. It is the cause of a fault.
type Reply struct {
	Action    string // sts:AssumeRole
	Status    int    // of HTTP; 0 when there was no reply
	Code      string // AWS's error code; may be empty
	RequestID string // for AWS's support; may be empty
	Denied    bool   // AWS says that a policy denies the call outright
	Unallowed bool   // AWS says that no policy allows the call; often it says neither

	dead   bool
	unsent bool
}

// Error is one line for a log.
func (r *Reply) Error() string {
	return fmt.Sprintf("%s: status %d, code %q, request id %q", r.Action, r.Status, r.Code, r.RequestID)
}

// SourceDead says that AWS holds the session which the request was signed with
// for ended, revoked or not its own: another one may do.
func (r *Reply) SourceDead() bool { return r.dead }

// Unsent says that the request never left this machine: an MFA code that was to
// go with it is as good as before.
func (r *Reply) Unsent() bool { return r.unsent }

// errNotCredentials is a good reply without what was asked for.
var errNotCredentials = errors.New("the reply holds no credentials")

// attempt is all that a fault may speak of: what was asked, never with which
// secret.
type attempt struct {
	action   string
	step     plan.Step // of kind Key for Identify
	keyID    string
	longTerm bool
	at       Target
}

func attemptOf(action string, step plan.Step, from vaultcore.Credentials, at Target) attempt {
	return attempt{action: action, step: step, keyID: from.AccessKeyID, longTerm: from.LongTerm(), at: at}
}

var (
	errorCodeShape = regexp.MustCompile(`^[A-Za-z.]{1,64}$`)
	requestIDShape = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)
)

// fault says what became of a request, in words for a person. ctx is that of
// the caller, whose end is not AWS's doing.
func (t attempt) fault(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return &vaultcore.Fault{Kind: vaultcore.ErrCanceled, Message: t.action + " was canceled", Cause: context.Canceled}
	}
	reply := t.reply(err)
	var f *vaultcore.Fault
	var api smithy.APIError
	var broken *sendError
	switch {
	case errors.As(err, &broken):
		reply.unsent = !broken.sent
		f = t.unsent(broken)
	case reply.Code != "" && errors.As(err, &api):
		f = t.refused(reply, api.ErrorMessage(), err)
	case reply.Status != 0 || errors.Is(err, errNotCredentials):
		f = t.notAWS(reply, err)
	default:
		f = t.unsent(&sendError{host: t.host(), sent: true, err: err})
	}
	return f.WithCause(reply)
}

// reply picks from an error what is safe to keep.
func (t attempt) reply(err error) *Reply {
	r := &Reply{Action: t.action, Status: statusOf(err)}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "UnknownError" && errorCodeShape.MatchString(api.ErrorCode()) {
		r.Code = api.ErrorCode()
		r.Denied = strings.Contains(api.ErrorMessage(), "explicit deny")
		r.Unallowed = unallowedText.MatchString(api.ErrorMessage())
	}
	var id interface{ ServiceRequestID() string }
	if errors.As(err, &id) && requestIDShape.MatchString(id.ServiceRequestID()) {
		r.RequestID = id.ServiceRequestID()
	}
	return r
}

// notAWS is the fault of a reply that AWS cannot have written, or that did
// not arrive whole.
func (t attempt) notAWS(reply *Reply, err error) *vaultcore.Fault {
	host := t.host()
	switch {
	case reply.Status == http.StatusProxyAuthRequired:
		return noAnswer("the proxy on the way to %s requires a password", host).
			WithHint("put it into HTTPS_PROXY for the command, as http://user:password@host:port")
	case reply.Status >= 500 && reply.Status != http.StatusNetworkAuthenticationRequired:
		return noAnswer("%s answered %d to %s", host, reply.Status, t.action).
			WithHint("AWS or a proxy on the way is having problems: try again in a minute")
	case reply.Status >= 300 || html(err):
		return noAnswer("something between here and AWS answers instead: %s %s", host, strange(reply)).
			WithHint(awshttp.PortalHint)
	default:
		return noAnswer("the reply of %s to %s cannot be read", host, t.action).WithHint("try again; if it keeps failing, check endpoint_url and the proxy")
	}
}

func strange(reply *Reply) string {
	if reply.Status/100 == 3 {
		return "redirects elsewhere, which AWS never does"
	}
	if reply.Status == http.StatusOK {
		return "sent a web page"
	}
	return fmt.Sprintf("answered %d with nothing from AWS in it", reply.Status)
}

// html says whether the reply is a web page.
func html(err error) bool {
	var reply *smithyhttp.ResponseError
	if !errors.As(err, &reply) || reply.Response == nil || reply.Response.Response == nil {
		return false
	}
	return strings.Contains(reply.Response.Header.Get("Content-Type"), "html")
}

// host names AWS's side where the error does not.
func (t attempt) host() string {
	if u, err := url.Parse(t.at.Endpoint); err == nil && u.Hostname() != "" {
		return shown(u.Hostname())
	}
	return "STS in " + t.at.Region
}

// unsent is the fault of a request that got no whole answer.
func (t attempt) unsent(broken *sendError) *vaultcore.Fault {
	at := awshttp.Host{Name: broken.host, Variant: t.at.Variant, Setting: "endpoint_url"}
	if t.at.Endpoint == "" {
		at.Region = t.at.Region
	}
	f := at.Fault(broken.err)
	if broken.sent && t.step.MFASerial != "" && errors.Is(f, vaultcore.ErrNoAnswer) {
		f = f.WithHint("%s; the code may have been used: enter the next one", f.Hint)
	}
	return f
}

func noAnswer(format string, args ...any) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrNoAnswer, format, args...)
}

func shown(text string) string { return vaultcore.Printable(text) }
