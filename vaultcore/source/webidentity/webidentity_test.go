package webidentity_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/source/webidentity"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// cluster is an AWS that takes the tokens of an issuer, and the file of one.
type cluster struct {
	testing.TB
	aws    *awstest.Server
	issuer *awstest.Issuer
	role   *awstest.Role
	file   string
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{TB: t, aws: awstest.NewServer(t), file: filepath.Join(t.TempDir(), "token")}
	c.issuer = c.aws.Issuer("https://oidc.example.com/cluster")
	account := c.aws.Account("222222222222")
	account.TrustIssuer(c.issuer, "sts.amazonaws.com")
	c.role = account.Role("pod", awstest.Trust{Issuer: c.issuer})
	return c
}

func (c *cluster) token(claims map[string]any) string {
	return c.issuer.Token("web", "sts.amazonaws.com", claims)
}

func (c *cluster) write(text string) {
	c.Helper()
	if err := os.WriteFile(c.file, []byte(text), 0o600); err != nil {
		c.Fatal(err)
	}
}

func (c *cluster) step() plan.Step {
	return plan.Step{
		Kind: webidentity.Kind, Profile: "ci", RoleARN: c.role.ARN(), RoleSessionName: "vaultbar",
		Source:   vaultcore.Source{Kind: vaultcore.WebIdentitySource, Key: "web_identity_token_file", Value: c.file},
		Duration: time.Hour, Region: "us-east-1", Endpoint: c.aws.URL(),
	}
}

func (c *cluster) run() (vaultcore.Credentials, error) {
	client := sts.New(sts.Options{Pause: time.Microsecond})
	return webidentity.NewSource(client, nil).Run(c.Context(), c.step(), vaultcore.Credentials{})
}

// TestFile: a token is read at each use, with whatever blanks are around it.
func TestFile(t *testing.T) {
	c := newCluster(t)
	for _, around := range []string{"%", "%\n", "\n %\r\n\n"} {
		c.write(strings.Replace(around, "%", c.token(nil), 1))
		if made, err := c.run(); err != nil || made.LongTerm() || made.Expires.IsZero() {
			t.Errorf("%q: %v", around, err)
		}
	}
}

// TestFilesWithoutAToken: what could be no token is not sent to anybody.
func TestFilesWithoutAToken(t *testing.T) {
	for name, text := range map[string]string{
		"no file":  "",
		"empty":    "\n",
		"lines":    "-----BEGIN KEY-----\nabcd\n",
		"binary":   "\x00\x01\x02\x03\x04",
		"too long": strings.Repeat("a", 20001),
		"a folder": "",
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			switch name {
			case "no file":
			case "a folder":
				if err := os.Mkdir(c.file, 0o700); err != nil {
					t.Fatal(err)
				}
			default:
				c.write(text)
			}
			_, err := c.run()
			if !errors.Is(err, vaultcore.ErrNoCredentials) {
				t.Error(err)
			}
			golden.Message(t, "", testkit.ErrorText(err), c.file, "FILE")
			if n := c.aws.Count(""); n != 0 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// replacing is an AWS during whose first call the token is replaced.
type replacing struct {
	webidentity.Caller
	replace func()
	calls   int
}

func (r *replacing) AssumeWithToken(ctx context.Context, step plan.Step, token vaultcore.Secret) (vaultcore.Credentials, error) {
	made, err := r.Caller.AssumeWithToken(ctx, step, token)
	if r.calls++; r.calls == 1 {
		r.replace()
	}
	return made, err
}

// TestExpiredTokenIsReadAgain: a token that has just been replaced fails nobody; one
// that nobody replaces is sent once.
func TestExpiredTokenIsReadAgain(t *testing.T) {
	for name, test := range map[string]struct {
		next  func(c *cluster) string
		kind  error
		calls int
	}{
		"replaced":             {func(c *cluster) string { return c.token(nil) }, nil, 2},
		"replaced by another":  {func(c *cluster) string { return c.token(map[string]any{"exp": 2}) }, vaultcore.ErrRefused, 2},
		"not replaced":         {func(*cluster) string { return "" }, vaultcore.ErrRefused, 1},
		"replaced by nonsense": {func(*cluster) string { return "a\nb" }, vaultcore.ErrRefused, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			c.write(c.token(map[string]any{"exp": 1}))
			aws := &replacing{Caller: sts.New(sts.Options{}), replace: func() {
				if next := test.next(c); next != "" {
					c.write(next)
				}
			}}
			_, err := webidentity.NewSource(aws, nil).Run(t.Context(), c.step(), vaultcore.Credentials{})
			if !errors.Is(err, test.kind) || aws.calls != test.calls {
				t.Errorf("%d calls, %v", aws.calls, err)
			}
		})
	}
}
