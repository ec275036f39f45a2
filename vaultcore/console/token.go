package console

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

const (
	maxAttempts = 3
	firstWait   = 200 * time.Millisecond
	maxReply    = 64 << 10 // tokens have about 1 KiB
)

// token trades credentials for a sign-in token.
func (s *Signer) token(ctx context.Context, r Request, creds vaultcore.Credentials) (vaultcore.Secret, error) {
	ctx, cancel := context.WithTimeout(ctx, s.budget)
	defer cancel()
	form, err := tokenForm(creds, r.Duration)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	carrier, err := s.carriers.For(r.Via)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	ask := asking{signer: s, client: awshttp.Client(carrier), address: r.base() + "/federation", form: form, method: http.MethodPost}
	wait := retry.Backoff{First: firstWait, Most: maxAttempts * firstWait, Jitter: true}
	for attempt := 1; ; attempt++ {
		reply, err := ask.once(ctx)
		if err == nil && reply.refusesMethod() && ask.method == http.MethodPost {
			ask.method = http.MethodGet
			reply, err = ask.once(ctx)
		}
		token, again, err := reply.token(err, r.host())
		if err == nil || !again || attempt == maxAttempts || wait.Wait(ctx) != nil {
			return token, signInFault(ctx, err, creds, r.Duration)
		}
	}
}

// tokenForm is what getSigninToken is sent.
func tokenForm(creds vaultcore.Credentials, life time.Duration) (url.Values, error) {
	session, err := json.Marshal(struct {
		ID    string `json:"sessionId"`
		Key   string `json:"sessionKey"`
		Token string `json:"sessionToken"`
	}{creds.AccessKeyID, creds.SecretAccessKey.Reveal(), creds.SessionToken.Reveal()})
	if err != nil {
		return nil, vaultcore.Faultf(vaultcore.ErrRequest, "the credentials cannot be sent")
	}
	form := url.Values{"Action": {"getSigninToken"}, "Session": {string(session)}}
	if life > 0 {
		form.Set("SessionDuration", strconv.Itoa(int(life/time.Second)))
	}
	return form, nil
}

// asking is one question to the sign-in, which may be sent more than once: a
// token that nobody uses does nothing.
type asking struct {
	signer  *Signer
	client  *http.Client
	address string
	form    url.Values
	method  string
}

// reply is what an endpoint answered.
type reply struct {
	status int
	body   []byte
}

// once sends the question. Its error may quote the address, and goes no further
// than [reply.token].
func (a asking) once(ctx context.Context) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, a.signer.attempt)
	defer cancel()
	address, body := a.address, io.Reader(strings.NewReader(a.form.Encode()))
	if a.method == http.MethodGet {
		address, body = a.address+"?"+a.form.Encode(), nil
	}
	request, err := http.NewRequestWithContext(ctx, a.method, address, body)
	if err != nil {
		return reply{}, err
	}
	request.Header.Set("User-Agent", a.signer.agent)
	request.Header.Set("Accept", "application/json")
	if a.method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := a.client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxReply+1))
	if err != nil {
		return reply{}, err
	}
	return reply{response.StatusCode, text}, nil
}

// refusesMethod says that the endpoint does not know POST. A 400 does not say
// so: that is how the sign-in refuses credentials.
func (r reply) refusesMethod() bool {
	return r.status == http.StatusMethodNotAllowed || r.status == http.StatusNotImplemented
}

// token reads the reply, or says what was wrong and whether to ask again.
func (r reply) token(err error, at awshttp.Host) (token vaultcore.Secret, again bool, fault error) {
	if err != nil {
		return vaultcore.Secret{}, !awshttp.Hopeless(err), at.Fault(err)
	}
	host := vaultcore.Printable(at.Name)
	switch {
	case r.status == http.StatusOK:
		token, fault = readToken(r.body, host)
		return token, false, fault
	case r.status == http.StatusTooManyRequests:
		return token, true, noAnswer("AWS's sign-in service is throttling requests").WithHint("try again in a minute")
	case r.status >= 500:
		return token, true, noAnswer("AWS's sign-in service is having problems (HTTP %d)", r.status).WithHint("try again in a minute; https://health.aws.amazon.com lists outages")
	case r.status >= 300 && r.status < 400:
		return token, false, noAnswer("%s answers with a redirect, which is not followed", host).WithHint(awshttp.PortalHint)
	case r.status == http.StatusBadRequest, r.status == http.StatusUnauthorized, r.status == http.StatusForbidden:
		return token, false, errNotTaken
	default:
		return token, false, noAnswer("%s does not answer like AWS's sign-in service (HTTP %d)", host, r.status).WithHint(awshttp.PortalHint)
	}
}

func readToken(body []byte, host string) (vaultcore.Secret, error) {
	var answer struct{ SigninToken string }
	if len(body) > maxReply || json.Unmarshal(body, &answer) != nil || !vaultcore.Visible(answer.SigninToken) {
		return vaultcore.Secret{}, noAnswer("%s does not answer like AWS's sign-in service", host).WithHint(awshttp.PortalHint)
	}
	return vaultcore.NewSecret(answer.SigninToken), nil
}

// errNotTaken is that the sign-in refused the credentials. It says no more than
// "400"; [signInFault] knows more.
var errNotTaken = errors.New("not taken")

// signInFault is the failure in words for the person.
func signInFault(ctx context.Context, err error, creds vaultcore.Credentials, life time.Duration) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(ctx), context.Canceled):
		return &vaultcore.Fault{Kind: vaultcore.ErrCanceled, Message: "the sign-in was canceled", Cause: context.Canceled}
	case !errors.Is(err, errNotTaken):
		return err
	case !creds.Expires.IsZero() && creds.Left(time.Now()) <= 0:
		return refused("AWS's console does not sign in a session that has ended").WithHint("run `vaultbar clear` to get a new one, then try again")
	case life > 0:
		return refused("AWS's console does not sign these credentials in for %s", vaultcore.Length(life)).
			WithHint("omit the duration: AWS accepts one only for a role that was assumed with a long-term key")
	default:
		return refused("AWS's console does not sign these credentials in").
			WithHint("it accepts sessions of roles and of sts:GetFederationToken, not of sts:GetSessionToken; a session that was ended or revoked is refused the same way: run `vaultbar clear`, then try again")
	}
}

func noAnswer(format string, args ...any) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrNoAnswer, format, args...)
}

func refused(format string, args ...any) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrRefused, format, args...)
}
