package sts_test

import (
	"errors"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

const (
	podSubject  = "system:serviceaccount:prod:web"
	podAudience = "sts.amazonaws.com"
)

// cluster is a world whose pods assume the role pod, for 2 h at most.
type cluster struct {
	*world
	issuer *awstest.Issuer
	role   *awstest.Role
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{world: newWorld(t)}
	c.issuer = c.aws.Issuer("https://oidc.example.com/cluster")
	c.roles.TrustIssuer(c.issuer, podAudience)
	c.role = c.roles.Role("pod", awstest.Trust{Issuer: c.issuer, Subject: podSubject, MaxSessionDuration: 2 * time.Hour})
	return c
}

func (c *cluster) step() plan.Step {
	return plan.Step{
		Kind: plan.Kind(vaultcore.WebIdentitySource), Profile: "ci", RoleARN: c.role.ARN(), RoleSessionName: "vaultbar-ann",
		Source:   vaultcore.Source{Kind: vaultcore.WebIdentitySource, Key: "web_identity_token_file", Value: "/run/token"},
		Duration: time.Hour, Region: region, Endpoint: c.aws.URL(),
	}
}

func (c *cluster) token(claims map[string]any) vaultcore.Secret {
	return vaultcore.NewSecret(c.issuer.Token(podSubject, podAudience, claims))
}

// TestTokenLives: the first role is no chained one, and lives as long as its own
// maximum; where more is wished for, that is refused, or an hour will do.
func TestTokenLives(t *testing.T) {
	for _, test := range []struct {
		name   string
		wanted time.Duration
		orLess bool
		lives  time.Duration // 0: refused
		calls  int
	}{
		{"the usual", time.Hour, false, time.Hour, 1},
		{"its maximum", 2 * time.Hour, true, 2 * time.Hour, 1},
		{"more, or less", 12 * time.Hour, true, time.Hour, 2},
		{"more", 12 * time.Hour, false, 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCluster(t)
			step := c.step()
			step.Duration, step.OrLess = test.wanted, test.orLess
			made, err := c.client().AssumeWithToken(t.Context(), step, c.token(nil))
			if n := c.aws.Count("AssumeRoleWithWebIdentity"); n != test.calls {
				t.Errorf("%d calls", n)
			}
			if test.lives == 0 {
				checkFault(t, err, vaultcore.ErrRefused, "")
				return
			}
			if err != nil || time.Until(made.Expires) > test.lives || time.Until(made.Expires) < test.lives-time.Minute || made.AccountID != "222222222222" {
				t.Errorf("ends %v in %s, %v", made.Expires, made.AccountID, err)
			}
			for _, call := range c.aws.Calls() {
				if call.AccessKeyID != "" {
					t.Errorf("the request is signed with %s", call.AccessKeyID)
				}
			}
		})
	}
}

// TestTokenRefusals holds each refusal of a token against the line that names its
// cause and the hint that helps. None repeats the token.
func TestTokenRefusals(t *testing.T) {
	with := func(claims map[string]any) func(*cluster, *plan.Step) vaultcore.Secret {
		return func(c *cluster, _ *plan.Step) vaultcore.Secret { return c.token(claims) }
	}
	injected := func(code string) func(*cluster, *plan.Step) vaultcore.Secret {
		return func(c *cluster, _ *plan.Step) vaultcore.Secret {
			c.aws.Fault(awstest.Fault{Kind: awstest.Refuse(code)})
			return c.token(nil)
		}
	}
	for _, test := range []struct {
		name  string
		token func(*cluster, *plan.Step) vaultcore.Secret
		kind  error
		calls int
	}{
		{"no JWT", func(*cluster, *plan.Step) vaultcore.Secret { return vaultcore.NewSecret("ya29.access") }, vaultcore.ErrRefused, 1},
		{"another issuer", with(map[string]any{"iss": "https://example.com"}), vaultcore.ErrRefused, 1},
		{"another audience", with(map[string]any{"aud": "vault"}), vaultcore.ErrRefused, 1},
		{"another subject", with(map[string]any{"sub": "system:serviceaccount:dev:web"}), vaultcore.ErrRefused, 1},
		{"no such role", func(c *cluster, step *plan.Step) vaultcore.Secret {
			step.RoleARN += "s"
			return c.token(nil)
		}, vaultcore.ErrRefused, 1},
		{"expired", with(map[string]any{"exp": 1}), vaultcore.ErrRefused, 1},
		{"not yet", with(map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), vaultcore.ErrRefused, 1},
		{"old key", func(c *cluster, _ *plan.Step) vaultcore.Secret {
			old := c.token(nil)
			c.issuer.Rotate()
			return old
		}, vaultcore.ErrRefused, 3},
		{"issuer away", func(c *cluster, _ *plan.Step) vaultcore.Secret {
			c.issuer.SetReachable(false)
			return c.token(nil)
		}, vaultcore.ErrNoAnswer, 3},
		{"rejected", injected("IDPRejectedClaim"), vaultcore.ErrRefused, 1},
		{"region off", injected("RegionDisabledException"), vaultcore.ErrRefused, 1},
		{"policy too large", injected("PackedPolicyTooLarge"), vaultcore.ErrRefused, 1},
		{"unknown code", injected("SomethingNew"), vaultcore.ErrRefused, 1},
		{"token in the reply", func(c *cluster, _ *plan.Step) vaultcore.Secret {
			c.aws.Fault(awstest.Fault{Kind: awstest.EchoBody500})
			return c.token(nil)
		}, vaultcore.ErrNoAnswer, 3},
		{"throttled", func(c *cluster, _ *plan.Step) vaultcore.Secret {
			c.aws.Fault(awstest.Fault{Kind: awstest.Throttle})
			return c.token(nil)
		}, vaultcore.ErrNoAnswer, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCluster(t)
			step := c.step()
			token := test.token(c, &step)
			_, err := c.client().AssumeWithToken(t.Context(), step, token)
			checkFault(t, err, test.kind, "")
			if n := c.aws.Count("AssumeRoleWithWebIdentity"); n != test.calls {
				t.Errorf("asked %d times, want %d", n, test.calls)
			}
			for at := err; at != nil; at = errors.Unwrap(at) {
				if contains(at.Error(), token.Reveal()) {
					t.Error("an error repeats the token")
				}
			}
			var reply interface{ SourceDead() bool }
			if dead := errors.As(err, &reply) && reply.SourceDead(); dead != (test.name == "expired") {
				t.Errorf("the token has expired: %v", dead)
			}
		})
	}
}

// TestIssuerIsAwayForAMoment: what passes is waited for.
func TestIssuerIsAwayForAMoment(t *testing.T) {
	c := newCluster(t)
	c.aws.Fault(awstest.Fault{Kind: awstest.Refuse("IDPCommunicationError"), Times: 2})
	if _, err := c.client().AssumeWithToken(t.Context(), c.step(), c.token(nil)); err != nil {
		t.Error(err)
	}
}

// TestTokensGoOverTLS: in clear a token goes to this machine only.
func TestTokensGoOverTLS(t *testing.T) {
	c := newCluster(t)
	step := c.step()
	step.Endpoint = "http://sts.example.com"
	_, err := c.client().AssumeWithToken(t.Context(), step, c.token(nil))
	checkFault(t, err, vaultcore.ErrConfig, "")
}
