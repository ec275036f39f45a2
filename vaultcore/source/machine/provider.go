package machine

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// maxReply is far more than credentials take, and keeps an endless reply from filling
// the memory.
const maxReply = 1 << 20

// transport makes the requests of one run, one after the other, and notes how the last
// of them ended: the SDK does not always pass that on.
type transport struct {
	base   http.RoundTripper
	status int   // 0 without a reply
	err    error // why there is none
}

// RoundTrip makes one request, and has no more read of the reply than maxReply.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	reply, err := t.base.RoundTrip(r)
	if t.status, t.err = 0, err; err != nil {
		return nil, err
	}
	t.status = reply.StatusCode
	reply.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(reply.Body, maxReply), reply.Body}
	return reply, nil
}

// provider asks for the credentials of a step by the SDK's own means.
func (s *Source) provider(step plan.Step, token vaultcore.Secret, by *transport) aws.CredentialsProvider {
	client := awshttp.Client(by)
	client.Timeout = s.options.Attempt
	if step.Source.Value == plan.OfInstance {
		metadata := imds.New(imds.Options{
			Endpoint: cmp.Or(step.Endpoint, metadataAddress), HTTPClient: client, Logger: logging.Nop{},
			ClientEnableState: imds.ClientEnabled, EnableFallback: aws.FalseTernary, // the plan has said whether; version 2 alone
		})
		return ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = metadata })
	}
	return endpointcreds.New(step.Endpoint, func(o *endpointcreds.Options) {
		o.HTTPClient, o.AuthorizationToken = client, token.Reveal()
	})
}

// tokenOf is what a container shows: that of its environment, or of a file, which is
// read anew at each use, since it is replaced while the container runs. What is no
// token is not sent.
func tokenOf(step plan.Step, secrets Secrets) (vaultcore.Secret, error) {
	file := step.Source.TokenFile
	if file == "" {
		return secrets.Token, nil
	}
	text, err := atomicfile.Read(file)
	token := strings.TrimSpace(string(text))
	if err != nil || token == "" || len(token) > 16<<10 || strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r > '~' }) {
		return vaultcore.Secret{}, vaultcore.Faultf(vaultcore.ErrNoCredentials, "%s holds no authorization token", vaultcore.Printable(file)).
			WithHint("it is the AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE of the calling program")
	}
	return vaultcore.NewSecret(token), nil
}

// credentials checks what the machine gave. AWS gives sessions only; keys without an
// end would be kept nowhere and asked for at each use.
func credentials(step plan.Step, got aws.Credentials) (vaultcore.Credentials, error) {
	if !vaultcore.IsKeyID(got.AccessKeyID) || !vaultcore.Visible(got.SecretAccessKey) ||
		!vaultcore.Visible(got.SessionToken) || !got.CanExpire {
		return vaultcore.Credentials{}, noSession(step)
	}
	return vaultcore.Credentials{
		AccessKeyID:     got.AccessKeyID,
		SecretAccessKey: vaultcore.NewSecret(got.SecretAccessKey),
		SessionToken:    vaultcore.NewSecret(got.SessionToken),
		Expires:         got.Expires,
		AccountID:       got.AccountID,
	}, nil
}

// name is who was asked.
func name(step plan.Step) string {
	if step.Source.Value == plan.OfInstance {
		return "the EC2 instance's metadata"
	}
	return "the container's credentials endpoint"
}

// setting is the variable that says where that is.
func setting(step plan.Step) string {
	if step.Source.Value == plan.OfInstance {
		return "AWS_EC2_METADATA_SERVICE_ENDPOINT"
	}
	return "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI"
}

func noSession(step plan.Step) error {
	return vaultcore.Faultf(vaultcore.ErrNoAnswer, "the reply of %s holds no session credentials", name(step)).
		WithHint("check %s, then try again", setting(step))
}

// fault says why there are no credentials. Nothing of the reply is quoted.
func fault(ctx context.Context, step plan.Step, by *transport, err error) error {
	var api smithy.APIError
	instance := step.Source.Value == plan.OfInstance
	switch status := by.status; {
	case errors.Is(ctx.Err(), context.Canceled):
		return &vaultcore.Fault{Kind: vaultcore.ErrCanceled, Message: "asking for the machine's credentials was canceled", Cause: context.Canceled}
	case status == 0 && instance && step.Endpoint == "":
		return awshttp.Host{Name: name(step)}.Fault(cmp.Or(by.err, err)).
			WithHint("credential_source = %s works only on an EC2 instance; in a container there, the instance's hop limit must be 2", plan.OfInstance)
	case status == 0:
		return awshttp.Host{Name: name(step), Setting: setting(step)}.Fault(cmp.Or(by.err, err))
	case status >= 500 || status == http.StatusTooManyRequests:
		return vaultcore.Faultf(vaultcore.ErrNoAnswer, "%s is having problems: it answered %d", name(step), status).WithHint("try again in a minute")
	case instance && status == http.StatusNotFound:
		return vaultcore.Faultf(vaultcore.ErrNoCredentials, "the EC2 instance has no role, for %s", vaultcore.Printable(step.Profile)).
			WithHint("attach an instance profile to it")
	case status != http.StatusOK:
		return vaultcore.Faultf(vaultcore.ErrRefused, "%s refused: it answered %d", name(step), status).WithHint("%s", refusedHint(instance))
	case instance && errors.As(err, &api):
		return vaultcore.Faultf(vaultcore.ErrRefused, "the EC2 instance cannot use its role, for %s", vaultcore.Printable(step.Profile)).
			WithHint("the role must exist, and its trust policy must name ec2.amazonaws.com")
	default:
		return noSession(step)
	}
}

func refusedHint(instance bool) string {
	if instance {
		return "the instance's metadata must be turned on, and reached without a proxy"
	}
	return "the container's authorization token is wrong: check AWS_CONTAINER_AUTHORIZATION_TOKEN and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
}
