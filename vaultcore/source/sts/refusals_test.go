package sts_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// attempt is one call and the credentials it is made with.
type attempt struct {
	step plan.Step
	from vaultcore.Credentials
	code vaultcore.Secret
}

// TestRefusals holds each refusal of AWS against the line that names its cause
// and the hint that helps.
func TestRefusals(t *testing.T) {
	secret := vaultcore.NewSecret("wrong/secret/wrong/secret/wrong/secret00")
	nobody := vaultcore.Secret{}
	tests := []struct {
		name string
		try  func(*testing.T, *world) attempt
		kind error
	}{
		{"wrong code", func(t *testing.T, w *world) attempt {
			return attempt{w.session(), w.key.Credentials(), vaultcore.NewSecret(wrongCode(w))}
		}, vaultcore.ErrWrongCode},
		{"used code", func(t *testing.T, w *world) attempt {
			code := w.code()
			w.mustRun(t, w.session(), w.key.Credentials(), code)
			return attempt{w.session(), w.key.Credentials(), code}
		}, vaultcore.ErrWrongCode},
		{"a code that is none", func(t *testing.T, w *world) attempt {
			return attempt{w.session(), w.key.Credentials(), vaultcore.NewSecret("12345x")}
		}, vaultcore.ErrWrongCode},
		{"no code", func(t *testing.T, w *world) attempt {
			return attempt{w.session(), w.key.Credentials(), nobody}
		}, vaultcore.ErrWrongCode},
		{"another user's device", func(t *testing.T, w *world) attempt {
			step := w.session()
			step.MFASerial = w.aws.Account("111111111111").User("bob").NewMFA().Serial()
			return attempt{step, w.key.Credentials(), w.code()}
		}, vaultcore.ErrRefused},
		{"inactive key", func(t *testing.T, w *world) attempt {
			w.key.SetActive(false)
			return attempt{w.session(), w.key.Credentials(), w.code()}
		}, vaultcore.ErrRefused},
		{"unknown key", func(t *testing.T, w *world) attempt {
			return attempt{w.session(), vaultcore.Credentials{AccessKeyID: "AKIAABCDEFGHIJKLMNOP", SecretAccessKey: secret}, w.code()}
		}, vaultcore.ErrRefused},
		{"key of another partition", func(t *testing.T, w *world) attempt {
			li := w.aws.Account("333333333333", awstest.InPartition("aws-cn")).User("li")
			return attempt{w.session(), li.NewKey().Credentials(), w.code()}
		}, vaultcore.ErrRefused},
		{"wrong secret", func(t *testing.T, w *world) attempt {
			key := w.key.Credentials()
			key.SecretAccessKey = secret
			return attempt{w.session(), key, w.code()}
		}, vaultcore.ErrRefused},
		{"ended session", func(t *testing.T, w *world) attempt {
			session := w.signedIn(t)
			w.aws.SetClockOffset(9 * time.Hour)
			return attempt{w.role(w.admin), session, nobody}
		}, vaultcore.ErrRefused},
		{"session of a deleted role", func(t *testing.T, w *world) attempt {
			role := w.mustRun(t, w.role(w.admin), w.signedIn(t), nobody)
			w.admin.Delete()
			return attempt{w.role(w.roles.Role("audit", awstest.Trust{Principals: []string{w.admin.ARN()}})), role, nobody}
		}, vaultcore.ErrRefused},
		{"role: who", func(t *testing.T, w *world) attempt {
			return attempt{w.role(w.roles.Role("other", awstest.Trust{Principals: []string{"arn:aws:iam::111111111111:user/bob"}})), w.signedIn(t), nobody}
		}, vaultcore.ErrRefused},
		{"role that does not exist", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.RoleARN = "arn:aws:iam::222222222222:role/nosuch"
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused},
		{"role: MFA, with the key", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.BehindMFA = false
			return attempt{step, w.key.Credentials(), nobody}
		}, vaultcore.ErrRefused},
		{"role: MFA, with a session", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.BehindMFA = false
			return attempt{step, w.plainSession(t), nobody}
		}, vaultcore.ErrRefused},
		{"role: external id, none", func(t *testing.T, w *world) attempt {
			return attempt{w.role(w.roles.Role("partner", awstest.Trust{Principals: []string{w.ann.ARN()}, ExternalID: "ext-1"})), w.signedIn(t), nobody}
		}, vaultcore.ErrRefused},
		{"role: external id, wrong", func(t *testing.T, w *world) attempt {
			step := w.role(w.roles.Role("partner", awstest.Trust{Principals: []string{w.ann.ARN()}, ExternalID: "ext-1"}))
			step.ExternalID = "ext-2"
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused},
		{"role: tags", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.Tags = []vaultcore.Tag{{Key: "team", Value: "core"}}
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused},
		{"role: source identity", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.SourceIdentity = "ann"
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused},
		{"role: tags twice", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.Tags = []vaultcore.Tag{{Key: "team", Value: "a"}, {Key: "Team", Value: "b"}}
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused},
		{"role: denied to the user", func(t *testing.T, w *world) attempt {
			w.ann.DenyAllWithoutMFA()
			step := w.role(w.roles.Role("plain", awstest.Trust{Principals: []string{w.ann.ARN()}}))
			return attempt{step, w.key.Credentials(), nobody}
		}, vaultcore.ErrRefused},
		{"role: denied to a session without MFA", func(t *testing.T, w *world) attempt {
			w.ann.DenySessionsWithoutMFA()
			step := w.role(w.roles.Role("plain", awstest.Trust{Principals: []string{w.ann.ARN()}}))
			step.BehindMFA = false
			w.mustRun(t, step, w.key.Credentials(), nobody) // what a key asks for says nothing of MFA, and passes
			return attempt{step, w.plainSession(t), nobody}
		}, vaultcore.ErrRefused},
		{"session: denied to the user", func(t *testing.T, w *world) attempt {
			w.ann.Deny("sts:GetSessionToken")
			return attempt{w.session(), w.key.Credentials(), w.code()}
		}, vaultcore.ErrRefused},
		{"root and roles", func(t *testing.T, w *world) attempt {
			return attempt{w.role(w.admin), w.aws.Account("111111111111").Root().NewKey().Credentials(), nobody}
		}, vaultcore.ErrRefused},
		{"session of a session", func(t *testing.T, w *world) attempt {
			step := w.session()
			step.MFASerial = ""
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused},
		{"longer than the role allows", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.MFASerial, step.Duration = w.device.Serial(), 5*time.Hour
			return attempt{step, w.key.Credentials(), w.code()}
		}, vaultcore.ErrRefused},
		{"longer than chaining allows", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.Duration = 2 * time.Hour
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused},
		{"parameter", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.RoleSessionName = "a b"
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused},
		{"no region", func(t *testing.T, w *world) attempt {
			step := w.session()
			step.Region = ""
			return attempt{step, w.key.Credentials(), w.code()}
		}, vaultcore.ErrConfig},
		{"no such region", func(t *testing.T, w *world) attempt {
			step := w.session()
			step.Region = "x.evil.com/#"
			return attempt{step, w.key.Credentials(), w.code()}
		}, vaultcore.ErrConfig},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			try := test.try(t, w)
			w.aws.ResetCalls()
			_, err := w.client().Run(t.Context(), try.step, try.from, try.code)
			checkFault(t, err, test.kind, "")
			var reply *sts.Reply
			if dead := errors.As(err, &reply) && reply.SourceDead(); dead != contains(vaultcore.Hint(err), "vaultbar clear") {
				t.Errorf("the source is dead: %v", dead)
			}
			if n := w.aws.Count(""); n > 1 {
				t.Errorf("AWS was asked %d times", n)
			}
		})
	}
}

// wrongCode is a code that the device does not show at any time near now.
func wrongCode(w *world) string {
	near := map[string]bool{}
	for _, step := range []time.Duration{-1, 0, 1} {
		near[w.device.CodeAt(w.aws.Now().Add(step*30*time.Second))] = true
	}
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if !near[code] {
			return code
		}
	}
	return ""
}

func checkFault(t *testing.T, err, kind error, name string) {
	t.Helper()
	var fault *vaultcore.Fault
	if !errors.As(err, &fault) {
		t.Fatalf("error %v is no fault", err)
	}
	if !errors.Is(err, kind) {
		t.Errorf("kind %v, want %v", fault.Kind, kind)
	}
	if contains(fault.Message, "\n") || fault.Hint == "" {
		t.Errorf("message %q, not in one line, or no hint: %q", fault.Message, fault.Hint)
	}
	golden.Message(t, name, fault.Message+"\nhint: "+fault.Hint)
}

// TestDeadSources: whatever code AWS says it with, a session that it no longer
// takes is told from a key that it does not take.
func TestDeadSources(t *testing.T) {
	for _, code := range []string{
		"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure",
		"SignatureDoesNotMatch", "InvalidSignatureException",
	} {
		t.Run(code, func(t *testing.T) {
			w := newWorld(t)
			session := w.signedIn(t)
			w.aws.Fault(awstest.Fault{Kind: func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
				rw.WriteHeader(http.StatusForbidden)
				_, _ = rw.Write([]byte("<ErrorResponse><Error><Code>" + code + "</Code><Message>no</Message></Error></ErrorResponse>"))
			}})
			_, err := w.client().Run(t.Context(), w.role(w.admin), session, vaultcore.Secret{})
			var reply *sts.Reply
			if !errors.As(err, &reply) || !reply.SourceDead() {
				t.Errorf("of a session: %v", err)
			}
			_, err = w.client().Run(t.Context(), w.session(), w.key.Credentials(), w.code())
			if !errors.As(err, &reply) || reply.SourceDead() {
				t.Errorf("of a key: %v", err)
			}
		})
	}
}

// TestUnexplained: a denial that names no cause is not told as a missing permission
// alone, where a policy may want MFA.
func TestUnexplained(t *testing.T) {
	denial := "User: arn:aws:iam::111111111111:user/ann is not authorized to perform: sts:GetSessionToken on resource: *"
	for name, text := range map[string]string{
		"no cause":     denial,
		"no allowance": denial + " because no identity-based policy allows the sts:GetSessionToken action",
		"a denial":     denial + " with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/service_control_policy/p-1",
	} {
		w := newWorld(t)
		w.aws.Fault(awstest.Fault{Kind: func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
			rw.WriteHeader(http.StatusForbidden)
			_, _ = rw.Write([]byte("<ErrorResponse><Error><Code>AccessDenied</Code><Message>" + text + "</Message></Error></ErrorResponse>"))
		}})
		step := w.session()
		step.MFASerial = ""
		_, err := w.client().Run(t.Context(), step, w.key.Credentials(), vaultcore.Secret{})
		checkFault(t, err, vaultcore.ErrRefused, name)
		var reply *sts.Reply
		if !errors.As(err, &reply) || reply.Unallowed != contains(text, "because no") || reply.Denied != contains(text, "explicit deny") {
			t.Errorf("%q: %+v", text, reply)
		}
	}
}

// TestOtherRefusals holds what the local AWS never says against texts of the
// real one.
func TestOtherRefusals(t *testing.T) {
	tests := []struct {
		status     int
		code, text string
		kind       error
		logs       string
	}{
		{403, "RegionDisabledException", "STS is not activated in this region for account:111111111111.", vaultcore.ErrRefused, "RegionDisabledException"},
		{400, "PackedPolicyTooLarge", "Packed size of session tags consumes 110% of allotted space.", vaultcore.ErrRefused, "PackedPolicy"},
		{403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region. ", vaultcore.ErrRefused, "SignatureDoesNotMatch"},
		{400, "SomethingNew", "Your secret is 12345", vaultcore.ErrRefused, "SomethingNew"},
		{400, "Evil\nCode", "x", vaultcore.ErrNoAnswer, `code ""`},
		{403, "AccessDenied", "User: arn:aws:iam::111111111111:user/ann is not authorized to perform: sts:GetSessionToken on resource: * because no service control policy allows the sts:GetSessionToken action",
			vaultcore.ErrRefused, "AccessDenied"},
		{403, "AccessDenied", "no", vaultcore.ErrRefused, "AccessDenied"},
		{500, "InternalFailure", "x", vaultcore.ErrNoAnswer, "500"},
	}
	for _, test := range tests {
		t.Run(test.code, func(t *testing.T) {
			w := newWorld(t)
			w.aws.Fault(awstest.Fault{Kind: func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
				rw.WriteHeader(test.status)
				_, _ = rw.Write([]byte("<ErrorResponse><Error><Code>" + test.code + "</Code><Message>" + test.text +
					"</Message></Error><RequestId>0123-abcd</RequestId></ErrorResponse>"))
			}})
			_, err := w.client().Run(t.Context(), w.session(), w.key.Credentials(), w.code())
			checkFault(t, err, test.kind, "")
			var reply *sts.Reply
			if !errors.As(err, &reply) || !contains(reply.Error(), test.logs) || reply.RequestID != "0123-abcd" {
				t.Errorf("for the log: %v", reply)
			}
		})
	}
}
