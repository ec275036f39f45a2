package awstest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

const (
	testIssuer  = "https://oidc.example.com/cluster"
	testSubject = "system:serviceaccount:prod:web"
)

// cluster is a world whose pods may assume the role web.
type cluster struct {
	srv     *Server
	account *Account
	issuer  *Issuer
	role    *Role
}

func newCluster(t *testing.T) cluster {
	t.Helper()
	srv := NewServer(t)
	c := cluster{srv: srv, account: srv.Account("111111111111"), issuer: srv.Issuer(testIssuer)}
	c.account.TrustIssuer(c.issuer, "sts.amazonaws.com", "other")
	c.role = c.account.Role("web", Trust{
		Issuer: c.issuer, Subject: "system:serviceaccount:prod:*", Audience: "sts.amazonaws.com", MaxSessionDuration: 2 * time.Hour,
	})
	return c
}

func (c cluster) token(claims map[string]any) string {
	return c.issuer.Token(testSubject, "sts.amazonaws.com", claims)
}

func (c cluster) client() *sts.Client {
	return sts.NewFromConfig(aws.Config{Region: testRegion, BaseEndpoint: aws.String(c.srv.URL()), Retryer: func() aws.Retryer { return aws.NopRetryer{} }})
}

func TestAssumeRoleWithWebIdentity(t *testing.T) {
	c := newCluster(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(c.token(map[string]any{"aud": []string{"x", "sts.amazonaws.com"}})), 0o600); err != nil {
		t.Fatal(err)
	}
	provider := stscreds.NewWebIdentityRoleProvider(c.client(), c.role.ARN(), stscreds.IdentityTokenFile(file), func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName, o.Duration = "pod", 2*time.Hour
	})
	got, err := provider.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if arn := who(t, c.srv, creds{got.AccessKeyID, got.SecretAccessKey, got.SessionToken}); arn != "arn:aws:sts::111111111111:assumed-role/web/pod" {
		t.Errorf("it is %s", arn)
	}
	if made, _ := c.srv.Session(got.AccessKeyID); made.Chained || time.Until(made.Expires) < 119*time.Minute {
		t.Errorf("%+v", made)
	}
	token := c.token(nil)
	out, err := c.client().AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String(c.role.ARN()), RoleSessionName: aws.String("pod"), WebIdentityToken: &token,
	})
	if err != nil || *out.SubjectFromWebIdentityToken != testSubject || *out.Audience != "sts.amazonaws.com" ||
		*out.Provider != "arn:aws:iam::111111111111:oidc-provider/oidc.example.com/cluster" || *out.AssumedRoleUser.Arn != "arn:aws:sts::111111111111:assumed-role/web/pod" {
		t.Errorf("%+v, %v", out, err)
	}
}

const (
	noJWT    = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
	noKey    = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
	noWebID  = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
	noIssuer = "No OpenIDConnect provider found in your account for "
)

// forged is a token with another header, and the old signature.
func forged(token string, header map[string]string) string {
	text, _ := json.Marshal(header)
	_, rest, _ := strings.Cut(token, ".")
	return base64.RawURLEncoding.EncodeToString(text) + "." + rest
}

func TestWebIdentityRefusals(t *testing.T) {
	type input = sts.AssumeRoleWithWebIdentityInput
	with := func(claims map[string]any) func(cluster, *input) {
		return func(c cluster, in *input) { in.WebIdentityToken = aws.String(c.token(claims)) }
	}
	cases := map[string]struct {
		change  func(cluster, *input)
		status  int
		code    string
		message string // "NOW" stands for any number
	}{
		"no token":     {func(_ cluster, in *input) { in.WebIdentityToken = aws.String("abcd") }, 400, "InvalidIdentityToken", noJWT},
		"line end":     {func(_ cluster, in *input) { *in.WebIdentityToken += "\n" }, 400, "InvalidIdentityToken", noJWT},
		"other issuer": {with(map[string]any{"iss": "https://example.com"}), 400, "InvalidIdentityToken", noIssuer + "https://example.com"},
		"not here":     {func(_ cluster, in *input) { in.RoleArn = aws.String("arn:aws:iam::222222222222:role/web") }, 400, "InvalidIdentityToken", noIssuer + testIssuer},
		"audience":     {with(map[string]any{"aud": "example"}), 400, "InvalidIdentityToken", "Incorrect token audience"},
		"ended":        {with(map[string]any{"exp": 1}), 400, "ExpiredTokenException", "Token expired: current date/time NOW must be before the expiration date/time NOW"},
		"no end":       {with(map[string]any{"exp": nil}), 400, "InvalidIdentityToken", "Missing a required claim: exp"},
		"not yet":      {with(map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), 400, "InvalidIdentityToken", "Token not yet valid: current date/time NOW must be after the nbf date/time NOW"},
		"old key":      {func(c cluster, _ *input) { c.issuer.Rotate() }, 400, "InvalidIdentityToken", noKey},
		"alg none": {func(_ cluster, in *input) {
			*in.WebIdentityToken = forged(*in.WebIdentityToken, map[string]string{"alg": "none"})
		}, 400, "InvalidIdentityToken", noKey},
		"changed": {func(_ cluster, in *input) {
			*in.WebIdentityToken = (*in.WebIdentityToken)[:len(*in.WebIdentityToken)-8] + "AAAAAAAA"
		}, 400, "InvalidIdentityToken", noKey},
		"unreachable":  {func(c cluster, _ *input) { c.issuer.SetReachable(false) }, 400, "IDPCommunicationError", "Error communicating with " + testIssuer},
		"subject":      {with(map[string]any{"sub": "system:serviceaccount:test:web"}), 403, "AccessDenied", noWebID},
		"role's aud":   {with(map[string]any{"aud": "other"}), 403, "AccessDenied", noWebID},
		"unknown role": {func(_ cluster, in *input) { *in.RoleArn += "x" }, 403, "AccessDenied", noWebID},
		"for users": {func(c cluster, in *input) {
			in.RoleArn = aws.String(c.account.Role("admin", Trust{Principals: []string{c.account.ARN()}}).ARN())
		}, 403, "AccessDenied", noWebID},
		"too long":      {func(_ cluster, in *input) { in.DurationSeconds = aws.Int32(7201) }, 400, "ValidationError", noMax},
		"ProviderId":    {func(_ cluster, in *input) { in.ProviderId = aws.String("www.amazon.com") }, 400, "InvalidParameterValue", "ProviderId must not be given with a token of OpenID Connect"},
		"no ARN":        {func(_ cluster, in *input) { in.RoleArn = aws.String("there is no such thing") }, 400, "ValidationError", "Request ARN is invalid"},
		"policy":        {func(_ cluster, in *input) { in.Policy = aws.String("{") }, 400, "MalformedPolicyDocument", "This policy contains invalid Json"},
		"short session": {func(_ cluster, in *input) { in.RoleSessionName = aws.String("p") }, 400, "ValidationError", "1 validation error detected: Value 'p' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			in := &input{RoleArn: aws.String(c.role.ARN()), RoleSessionName: aws.String("pod"), WebIdentityToken: aws.String(c.token(nil))}
			test.change(c, in)
			_, err := c.client().AssumeRoleWithWebIdentity(t.Context(), in)
			message := test.message
			if strings.Contains(message, "NOW") {
				now, then := fieldsOf(err)
				message = fmt.Sprintf(strings.ReplaceAll(message, "NOW", "%s"), now, then)
			}
			wantRefusal(t, err, test.status, test.code, message)
		})
	}
}

// fieldsOf are the numbers in an error's text.
func fieldsOf(err error) (now, then string) {
	var numbers []string
	for field := range strings.FieldsSeq(err.Error()) {
		if strings.Trim(field, "0123456789") == "" {
			numbers = append(numbers, field)
		}
	}
	if len(numbers) < 2 {
		return "", ""
	}
	return numbers[len(numbers)-2], numbers[len(numbers)-1]
}

// It is a call without a signature, and one with a signature is refused.
func TestASignedWebIdentityCall(t *testing.T) {
	c := newCluster(t)
	q := small{srv: c.srv}.request(ofKey(c.account.User("ann").NewKey()))
	q.body = url.Values{
		"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {c.role.ARN()}, "RoleSessionName": {"pod"}, "WebIdentityToken": {c.token(nil)},
	}.Encode()
	if got := q.send(t, c.srv); got.status != http.StatusBadRequest || got.Code != "IncompleteSignature" {
		t.Errorf("%d %s", got.status, got.text)
	}
	if text := fmt.Sprintf("%+v", c.srv.Calls()); strings.Contains(text, "eyJ") {
		t.Error("the token is in the log")
	}
}

// The JWKS has what a verifier of others needs.
func TestJWKS(t *testing.T) {
	c := newCluster(t)
	var document struct{ Keys []map[string]string }
	if err := json.Unmarshal(c.issuer.JWKS(), &document); err != nil {
		t.Fatal(err)
	}
	token, err := parseJWT(c.token(nil))
	if err != nil || len(document.Keys) != 1 || document.Keys[0]["kid"] != token.header.Kid || document.Keys[0]["alg"] != "ES256" || len(document.Keys[0]["x"]) != 43 {
		t.Errorf("%v, %v, %v", document, token.header, err)
	}
}

// The programs of others find role and token in the environment.
func TestWebIdentityOfTheEnvironment(t *testing.T) {
	c := newCluster(t)
	folder := t.TempDir()
	file := filepath.Join(folder, "token")
	if err := os.WriteFile(file, []byte(c.token(nil)), 0o600); err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{"AWS_ROLE_ARN": c.role.ARN(), "AWS_WEB_IDENTITY_TOKEN_FILE": file, "AWS_ROLE_SESSION_NAME": "pod", "AWS_REGION": testRegion, "AWS_DEFAULT_REGION": testRegion}
	const want = "arn:aws:sts::111111111111:assumed-role/web/pod"
	t.Run("aws-sdk-go-v2", func(t *testing.T) {
		for name, value := range variables {
			t.Setenv(name, value)
		}
		t.Setenv("AWS_ENDPOINT_URL_STS", c.srv.URL())
		t.Setenv("AWS_CONFIG_FILE", filepath.Join(folder, "none"))
		cfg, err := config.LoadDefaultConfig(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		identity, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
		if err != nil || *identity.Arn != want {
			t.Errorf("%v, %v", identity, err)
		}
	})
	t.Run("boto3", func(t *testing.T) {
		testenv.Time(t)
		if err := exec.Command(debianPython, "-c", "import boto3").Run(); err != nil {
			testenv.That(t, false, "boto3 (Debian's package python3-boto3)")
		}
		cmd := directory{srv: c.srv}.inAWS(t, folder, debianPython, "-c", `import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])`)
		for name, value := range variables {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		if got := outputOf(t, cmd); got != want {
			t.Errorf("it is %q", got)
		}
	})
}
