package console

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// world is a small AWS: a user, her key and device, and a role.
type world struct {
	srv    *awstest.Server
	key    vaultcore.Credentials
	ann    *awstest.User
	device *awstest.Device
	role   *awstest.Role
}

func newWorld(t *testing.T) world {
	t.Helper()
	srv := awstest.NewServer(t)
	account := srv.Account("111111111111")
	ann := account.User("ann")
	return world{srv: srv, key: ann.NewKey().Credentials(), ann: ann, device: ann.NewMFA(),
		role: account.Role("admin", awstest.Trust{Principals: []string{ann.ARN()}})}
}

func (w world) sts(as vaultcore.Credentials) *sts.Client {
	return sts.New(sts.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(w.srv.URL()), RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: as.AccessKeyID, SecretAccessKey: as.SecretAccessKey.Reveal(), SessionToken: as.SessionToken.Reveal()}, nil
		}),
	})
}

func made(t *testing.T, c *types.Credentials, err error) vaultcore.Credentials {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return vaultcore.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: vaultcore.NewSecret(*c.SecretAccessKey),
		SessionToken: vaultcore.NewSecret(*c.SessionToken), Expires: *c.Expiration}
}

func (w world) assume(t *testing.T, as vaultcore.Credentials) vaultcore.Credentials {
	t.Helper()
	out, err := w.sts(as).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(w.role.ARN()), RoleSessionName: aws.String("vaultbar-ann")})
	if err != nil {
		t.Fatal(err)
	}
	return made(t, out.Credentials, err)
}

func (w world) userSession(t *testing.T) vaultcore.Credentials {
	t.Helper()
	out, err := w.sts(w.key).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	if err != nil {
		t.Fatal(err)
	}
	return made(t, out.Credentials, err)
}

// federate carries a choice out.
func (w world) federate(t *testing.T, f Federation) vaultcore.Credentials {
	t.Helper()
	out, err := w.sts(w.key).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{
		Name: aws.String(f.Name), Policy: aws.String(f.Policy), DurationSeconds: aws.Int32(int32(f.Duration / time.Second)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return made(t, out.Credentials, err)
}

// visit opens an address in a fresh browser.
func visit(t *testing.T, address vaultcore.Secret) (int, string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Jar: jar}).Get(address.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// Each kind of credentials signs in the way that was chosen for it, as itself,
// on the page that was asked for.
func TestSignIn(t *testing.T) {
	w := newWorld(t)
	direct, overSession := w.assume(t, w.key), w.assume(t, w.userSession(t))
	cases := []struct {
		name     string
		creds    vaultcore.Credentials
		facts    Facts
		identity string
	}{
		{"plain user", w.key, Facts{Kind: User, ARN: w.ann.ARN()}, "federated-user/ann"},
		{"user with a session", w.userSession(t), Facts{Kind: User, ARN: w.ann.ARN(), Wanted: 8 * time.Hour}, "federated-user/ann"},
		{"role", overSession, Facts{Kind: Role, ARN: w.role.ARN()}, "assumed-role/admin/vaultbar-ann"},
		{"role, 8 h", overSession, Facts{Kind: Role, ARN: w.role.ARN(), Wanted: 8 * time.Hour}, "assumed-role/admin/vaultbar-ann"},
		{"direct role", direct, Facts{Kind: DirectRole, ARN: w.role.ARN()}, "assumed-role/admin/vaultbar-ann"},
		{"direct role, 12 h", direct, Facts{Kind: DirectRole, ARN: w.role.ARN(), Wanted: 12 * time.Hour}, "assumed-role/admin/vaultbar-ann"},
	}
	signer := signerAt{mustSigner(t, Options{}), w.srv.URL()}
	d := mustResolve(t, Target{Partition: "aws", Region: "eu-west-1", Service: "lambda"})
	for _, c := range cases {
		choice := Choose(c.facts)
		creds := c.creds
		if choice.Federation != (Federation{}) {
			creds = w.federate(t, choice.Federation)
		}
		for _, logout := range []bool{false, true} {
			address, err := signer.URL(t.Context(), creds, Request{Destination: d, Duration: choice.SessionDuration, LogoutFirst: logout})
			if err != nil {
				t.Errorf("%s: %s", c.name, describe(err))
				continue
			}
			status, text := visit(t, address)
			for _, want := range []string{"Identity: arn:aws:sts::111111111111:" + c.identity, "Service: lambda", "Region: eu-west-1"} {
				if status != 200 || !strings.Contains(text, want) || strings.Contains(text, "Permissions: none") {
					t.Errorf("%s: got %d without %q: %s", c.name, status, want, text)
				}
			}
		}
	}
	for _, call := range w.srv.Calls() {
		if call.Action == "getSigninToken" && call.Method != http.MethodPost {
			t.Errorf("asked by %s", call.Method)
		}
	}
}

// What cannot sign in is refused by AWS, and the person is told why.
func TestSignInRefused(t *testing.T) {
	w := newWorld(t)
	signer := signerAt{mustSigner(t, Options{}), w.srv.URL()}
	d := mustResolve(t, Target{Partition: "aws"})
	session, chained := w.userSession(t), w.assume(t, w.userSession(t))
	broken := chained
	broken.SessionToken = session.SessionToken
	cases := map[string]struct {
		creds    vaultcore.Credentials
		duration time.Duration
	}{
		"user session":              {session, 0},
		"mixed up":                  {broken, 0},
		"chained with a duration":   {chained, time.Hour},
		"federated with a duration": {w.federate(t, Federation{Name: "ann", Policy: everything, Duration: time.Hour}), time.Hour},
	}
	for name, c := range cases {
		_, err := signer.URL(t.Context(), c.creds, Request{Destination: d, Duration: c.duration})
		if !errors.Is(err, vaultcore.ErrRefused) || vaultcore.Hint(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
		checkSecrets(t, err, c.creds.AccessKeyID, c.creds.SecretAccessKey.Reveal(), c.creds.SessionToken.Reveal())
	}
}

// An endpoint that knows no POST is asked by GET, and only that one.
func TestGetWhereThePostIsRefused(t *testing.T) {
	w := newWorld(t)
	target, err := url.Parse(w.srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Error(rw, "no", http.StatusMethodNotAllowed)
			return
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(front.Close)
	signer := signerAt{mustSigner(t, Options{}), front.URL}
	request := Request{Destination: mustResolve(t, Target{Partition: "aws", Region: "us-west-2", Service: "iam"})}
	address, err := signer.URL(t.Context(), w.assume(t, w.key), request)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(address.Reveal(), front.URL+"/federation?") {
		t.Error("the sign-in URL does not lead to the endpoint")
	}
	calls := w.srv.Calls()
	if last := calls[len(calls)-1]; last.Action != "getSigninToken" || last.Method != http.MethodGet || !last.OK() {
		t.Errorf("asked with %+v", last)
	}
	_, err = signer.URL(t.Context(), w.userSession(t), request)
	if !errors.Is(err, vaultcore.ErrRefused) {
		t.Errorf("a refusal by GET: %v", err)
	}
	front.Close()
	_, err = signer.URL(t.Context(), session(), request)
	if !errors.Is(err, vaultcore.ErrNoAnswer) {
		t.Errorf("a closed endpoint: %v", err)
	}
	checkSecrets(t, err)
}

// A redirect is not followed, wherever it leads and whatever its kind.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var reached atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, other.URL+"/federation?"+r.URL.RawQuery, status)
		}))
		t.Cleanup(front.Close)
		signer := signerAt{mustSigner(t, Options{}), front.URL}
		_, err := signer.URL(t.Context(), session(), Request{Destination: mustResolve(t, Target{Partition: "aws"})})
		if !errors.Is(err, vaultcore.ErrNoAnswer) || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: %v", status, err)
		}
		checkSecrets(t, err, other.URL)
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the other host was asked %d times", n)
	}
}

// Whatever goes wrong, no secret is in the error; and what passes by itself is
// tried again.
func TestFaultsKeepSecrets(t *testing.T) {
	cases := []struct {
		name   string
		fault  awstest.Kind
		passes bool
	}{
		{"echo", awstest.EchoBody500, true},
		{"drop", awstest.Drop, true},
		{"half", awstest.DropMidBody, true},
		{"hang", awstest.Hang, true},
		{"503", awstest.Status(503), true},
		{"429", awstest.Status(429), true},
		{"page", awstest.HTML, false},
		{"broken", awstest.BadXML, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			creds := w.assume(t, w.key)
			request := Request{Destination: mustResolve(t, Target{Partition: "aws"})}
			w.srv.Fault(awstest.Fault{Action: "getSigninToken", Kind: c.fault})
			attempt := time.Minute
			if c.name == "hang" {
				attempt = 50 * time.Millisecond
			}
			_, err := signerAt{mustSigner(t, Options{Attempt: attempt}), w.srv.URL()}.URL(t.Context(), creds, request)
			if !errors.Is(err, vaultcore.ErrNoAnswer) || vaultcore.Hint(err) == "" {
				t.Errorf("got %v", err)
			}
			checkSecrets(t, err, creds.AccessKeyID, creds.SecretAccessKey.Reveal(), creds.SessionToken.Reveal())
			if asked := w.srv.Count("getSigninToken"); asked != 3 && c.passes || asked != 1 && !c.passes {
				t.Errorf("asked %d times", asked)
			}
			if !c.passes {
				return
			}
			w.srv.ClearFaults()
			w.srv.Fault(awstest.Fault{Action: "getSigninToken", Kind: c.fault, Times: 1})
			signer := signerAt{mustSigner(t, Options{Attempt: 2 * time.Second}), w.srv.URL()}
			if _, err := signer.URL(t.Context(), creds, request); err != nil {
				t.Errorf("once: %v", err)
			}
		})
	}
}

// A server whose certificate nobody vouches for gets nothing, nor does one that
// speaks an old TLS.
func TestTLS(t *testing.T) {
	var reached atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(server.Close)
	signer := signerAt{mustSigner(t, Options{}), server.URL}
	_, err := signer.URL(t.Context(), session(), Request{Destination: mustResolve(t, Target{Partition: "aws"})})
	if !errors.Is(err, vaultcore.ErrNoAnswer) || !strings.Contains(err.Error(), "TLS") || reached.Load() != 0 {
		t.Errorf("%v, reached %d", err, reached.Load())
	}
	checkSecrets(t, err)
}
