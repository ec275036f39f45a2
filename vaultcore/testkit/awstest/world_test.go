package awstest

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const testRegion = "ap-northeast-1"

// creds signs with what the server handed out.
type creds struct{ id, secret, token string }

func ofKey(k *Key) creds { return creds{k.ID(), k.Secret().Reveal(), ""} }

func ofSession(c *ststypes.Credentials) creds {
	return creds{*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken}
}

func (c creds) config(srv *Server) aws.Config {
	return aws.Config{
		Region:       testRegion,
		BaseEndpoint: aws.String(srv.URL()),
		Credentials: aws.CredentialsProviderFunc(func(_ context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: c.id, SecretAccessKey: c.secret, SessionToken: c.token}, nil
		}),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func (c creds) sts(srv *Server) *sts.Client { return sts.NewFromConfig(c.config(srv)) }
func (c creds) iam(srv *Server) *iam.Client { return iam.NewFromConfig(c.config(srv)) }

// small is a world with all there is: ann with a key and a device.
type small struct {
	srv     *Server
	account *Account
	ann     *User
	key     *Key
	device  *Device
	role    *Role
}

func newSmall(t *testing.T, trust Trust) small {
	t.Helper()
	srv := NewServer(t)
	w := small{srv: srv, account: srv.Account("111111111111")}
	w.ann = w.account.User("ann")
	w.key, w.device = w.ann.NewKey(), w.ann.NewMFA()
	if trust.Principals == nil {
		trust.Principals = []string{w.ann.ARN()}
	}
	w.role = w.account.Role("admin", trust)
	return w
}

// mustSession is a GetSessionToken session; with MFA if code is not empty.
func (w small) mustSession(t *testing.T, code string) creds {
	t.Helper()
	in := &sts.GetSessionTokenInput{}
	if code != "" {
		in.SerialNumber, in.TokenCode = aws.String(w.device.Serial()), &code
	}
	out, err := ofKey(w.key).sts(w.srv).GetSessionToken(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return ofSession(out.Credentials)
}

func (w small) assume(t *testing.T, as creds, change func(*sts.AssumeRoleInput)) (*sts.AssumeRoleOutput, error) {
	in := &sts.AssumeRoleInput{RoleArn: aws.String(w.role.ARN()), RoleSessionName: aws.String("test")}
	if change != nil {
		change(in)
	}
	return as.sts(w.srv).AssumeRole(t.Context(), in)
}

// wantRefusal checks the status, code and text of AWS's answer.
func wantRefusal(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	var api smithy.APIError
	var reply *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &reply) {
		t.Fatalf("got error %v, want AWS's %s", err, code)
	}
	if api.ErrorCode() != code || api.ErrorMessage() != message || reply.HTTPStatusCode() != status {
		t.Errorf("got  %d %s %q\nwant %d %s %q", reply.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage(), status, code, message)
	}
}
