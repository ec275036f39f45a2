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
		name    string
		try     func(*testing.T, *world) attempt
		kind    error
		message string
		hint    string
	}{
		{"wrong code", func(t *testing.T, w *world) attempt {
			return attempt{w.session(), w.key.Credentials(), vaultcore.NewSecret(wrongCode(w))}
		}, vaultcore.ErrWrongCode, "AWS refused the MFA code of arn:aws:iam::111111111111:mfa/ann", "give the next code"},
		{"used code", func(t *testing.T, w *world) attempt {
			code := w.code()
			w.mustRun(t, w.session(), w.key.Credentials(), code)
			return attempt{w.session(), w.key.Credentials(), code}
		}, vaultcore.ErrWrongCode, "or was used before", "each works once"},
		{"a code that is none", func(t *testing.T, w *world) attempt {
			return attempt{w.session(), w.key.Credentials(), vaultcore.NewSecret("12345x")}
		}, vaultcore.ErrWrongCode, "has six digits", "type the six digits"},
		{"no code", func(t *testing.T, w *world) attempt {
			return attempt{w.session(), w.key.Credentials(), nobody}
		}, vaultcore.ErrWrongCode, "has six digits", "type the six digits"},
		{"another user's device", func(t *testing.T, w *world) attempt {
			step := w.session()
			step.MFASerial = w.aws.Account("111111111111").User("bob").NewMFA().Serial()
			return attempt{step, w.key.Credentials(), w.code()}
		}, vaultcore.ErrRefused, "AWS knows no MFA device arn:aws:iam::111111111111:mfa/bob", "set mfa_serial of bastion"},
		{"inactive key", func(t *testing.T, w *world) attempt {
			w.key.SetActive(false)
			return attempt{w.session(), w.key.Credentials(), w.code()}
		}, vaultcore.ErrRefused, "inactive, deleted", "`vaultbar add bastion`"},
		{"unknown key", func(t *testing.T, w *world) attempt {
			return attempt{w.session(), vaultcore.Credentials{AccessKeyID: "AKIAABCDEFGHIJKLMNOP", SecretAccessKey: secret}, w.code()}
		}, vaultcore.ErrRefused, "AWS does not accept the key AKIA…MNOP", "IAM console"},
		{"key of another partition", func(t *testing.T, w *world) attempt {
			li := w.aws.Account("333333333333", awstest.InPartition("aws-cn")).User("li")
			return attempt{w.session(), li.NewKey().Credentials(), w.code()}
		}, vaultcore.ErrRefused, "of another partition", "China or GovCloud"},
		{"wrong secret", func(t *testing.T, w *world) attempt {
			key := w.key.Credentials()
			key.SecretAccessKey = secret
			return attempt{w.session(), key, w.code()}
		}, vaultcore.ErrRefused, "the secret access key is not that of AKIA…", "copied whole"},
		{"ended session", func(t *testing.T, w *world) attempt {
			session := w.signedIn(t)
			w.aws.SetClockOffset(9 * time.Hour)
			return attempt{w.role(w.admin), session, nobody}
		}, vaultcore.ErrRefused, "the session that role admin in account 222222222222 starts from has ended", "vaultbar clear prod"},
		{"session of a deleted role", func(t *testing.T, w *world) attempt {
			role := w.mustRun(t, w.role(w.admin), w.signedIn(t), nobody)
			w.admin.Delete()
			return attempt{w.role(w.roles.Role("audit", awstest.Trust{Principals: []string{w.admin.ARN()}})), role, nobody}
		}, vaultcore.ErrRefused, "AWS no longer accepts the session", "vaultbar clear prod"},
		{"role: who", func(t *testing.T, w *world) attempt {
			return attempt{w.role(w.roles.Role("other", awstest.Trust{Principals: []string{"arn:aws:iam::111111111111:user/bob"}})), w.signedIn(t), nobody}
		}, vaultcore.ErrRefused, "AWS does not let user/ann of account 111111111111 assume role other in account 222222222222",
			"must name arn:aws:iam::111111111111:user/ann"},
		{"role that does not exist", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.RoleARN = "arn:aws:iam::222222222222:role/nosuch"
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused, "assume role nosuch", "a role that does not exist is refused alike"},
		{"role: MFA, with the key", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.BehindMFA = false
			return attempt{step, w.key.Credentials(), nobody}
		}, vaultcore.ErrRefused, "assume role admin", "if the trust policy wants MFA, set mfa_serial for prod or its source_profile"},
		{"role: MFA, with a session", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.BehindMFA = false
			return attempt{step, w.plainSession(t), nobody}
		}, vaultcore.ErrRefused, "assume role admin", "set mfa_serial for the profile whose key it is"},
		{"role: external id, none", func(t *testing.T, w *world) attempt {
			return attempt{w.role(w.roles.Role("partner", awstest.Trust{Principals: []string{w.ann.ARN()}, ExternalID: "ext-1"})), w.signedIn(t), nobody}
		}, vaultcore.ErrRefused, "assume role partner", "if the trust policy wants one, set external_id for prod"},
		{"role: external id, wrong", func(t *testing.T, w *world) attempt {
			step := w.role(w.roles.Role("partner", awstest.Trust{Principals: []string{w.ann.ARN()}, ExternalID: "ext-1"}))
			step.ExternalID = "ext-2"
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused, "assume role partner", "check external_id of prod"},
		{"role: tags", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.Tags = []vaultcore.Tag{{Key: "team", Value: "core"}}
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused, "assume role admin", "must allow sts:TagSession"},
		{"role: source identity", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.SourceIdentity = "ann"
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused, "assume role admin", "must allow sts:SetSourceIdentity"},
		{"role: tags twice", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.Tags = []vaultcore.Tag{{Key: "team", Value: "a"}, {Key: "Team", Value: "b"}}
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused, "refuses the session tags", "session_tags"},
		{"role: denied to the user", func(t *testing.T, w *world) attempt {
			w.ann.DenyAllWithoutMFA()
			step := w.role(w.roles.Role("plain", awstest.Trust{Principals: []string{w.ann.ARN()}}))
			return attempt{step, w.key.Credentials(), nobody}
		}, vaultcore.ErrRefused, "assume role plain", "a statement of the identity-based policy denies sts:AssumeRole"},
		{"role: denied to a session without MFA", func(t *testing.T, w *world) attempt {
			w.ann.DenySessionsWithoutMFA()
			step := w.role(w.roles.Role("plain", awstest.Trust{Principals: []string{w.ann.ARN()}}))
			step.BehindMFA = false
			w.mustRun(t, step, w.key.Credentials(), nobody) // what a key asks for says nothing of MFA, and passes
			return attempt{step, w.plainSession(t), nobody}
		}, vaultcore.ErrRefused, "assume role plain", "set mfa_serial for the profile whose key it is, or leave the session out with --no-session"},
		{"session: denied to the user", func(t *testing.T, w *world) attempt {
			w.ann.Deny("sts:GetSessionToken")
			return attempt{w.session(), w.key.Credentials(), w.code()}
		}, vaultcore.ErrRefused, "AWS does not let user/ann of account 111111111111 use sts:GetSessionToken", "denies sts:GetSessionToken"},
		{"root and roles", func(t *testing.T, w *world) attempt {
			return attempt{w.role(w.admin), w.aws.Account("111111111111").Root().NewKey().Credentials(), nobody}
		}, vaultcore.ErrRefused, "root user, who cannot assume roles", "make an IAM user"},
		{"session of a session", func(t *testing.T, w *world) attempt {
			step := w.session()
			step.MFASerial = ""
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused, "AWS makes no session of a session", "starts with AKIA"},
		{"longer than the role allows", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.MFASerial, step.Duration = w.device.Serial(), 5*time.Hour
			return attempt{step, w.key.Credentials(), w.code()}
		}, vaultcore.ErrRefused, "role admin in account 222222222222 may not live 5 h", "lower duration_seconds of prod"},
		{"longer than chaining allows", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.Duration = 2 * time.Hour
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused, "a role assumed with session credentials lives 1 h at most", "to an hour"},
		{"parameter", func(t *testing.T, w *world) attempt {
			step := w.role(w.admin)
			step.RoleSessionName = "a b"
			return attempt{step, w.signedIn(t), nobody}
		}, vaultcore.ErrRefused, "AWS finds roleSessionName of sts:AssumeRole not valid", "profile prod"},
		{"no region", func(t *testing.T, w *world) attempt {
			step := w.session()
			step.Region = ""
			return attempt{step, w.key.Credentials(), w.code()}
		}, vaultcore.ErrConfig, "no region says where to ask AWS", "set region"},
		{"no such region", func(t *testing.T, w *world) attempt {
			step := w.session()
			step.Region = "x.evil.com/#"
			return attempt{step, w.key.Credentials(), w.code()}
		}, vaultcore.ErrConfig, `"x.evil.com/#" is not the name of a region`, "us-east-1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			try := test.try(t, w)
			w.aws.ResetCalls()
			_, err := w.client().Run(t.Context(), try.step, try.from, try.code)
			checkFault(t, err, test.kind, test.message, test.hint)
			var reply *sts.Reply
			if dead := errors.As(err, &reply) && reply.SourceDead(); dead != contains(test.hint, "vaultbar clear") {
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

func checkFault(t *testing.T, err, kind error, message, hint string) {
	t.Helper()
	var fault *vaultcore.Fault
	if !errors.As(err, &fault) {
		t.Fatalf("error %v is no fault", err)
	}
	if !errors.Is(err, kind) {
		t.Errorf("kind %v, want %v", fault.Kind, kind)
	}
	if !contains(fault.Message, message) || contains(fault.Message, "\n") {
		t.Errorf("message %q, want one line with %q", fault.Message, message)
	}
	if !contains(fault.Hint, hint) || fault.Hint == "" {
		t.Errorf("hint %q, want %q", fault.Hint, hint)
	}
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
	for text, want := range map[string]string{
		denial: "AWS does not say why: sts:GetSessionToken must be allowed to arn:aws:iam::111111111111:user/ann, and the account may deny what is done without MFA: set mfa_serial",
		denial + " because no identity-based policy allows the sts:GetSessionToken action":                                            "who: the identity-based policy",
		denial + " with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/service_control_policy/p-1": "a statement of the service control policy denies sts:GetSessionToken; often it wants MFA: set mfa_serial",
	} {
		w := newWorld(t)
		w.aws.Fault(awstest.Fault{Kind: func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
			rw.WriteHeader(http.StatusForbidden)
			_, _ = rw.Write([]byte("<ErrorResponse><Error><Code>AccessDenied</Code><Message>" + text + "</Message></Error></ErrorResponse>"))
		}})
		step := w.session()
		step.MFASerial = ""
		_, err := w.client().Run(t.Context(), step, w.key.Credentials(), vaultcore.Secret{})
		checkFault(t, err, vaultcore.ErrRefused, "AWS does not let user/ann of account 111111111111 use sts:GetSessionToken", want)
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
		status              int
		code, text          string
		kind                error
		message, hint, logs string
	}{
		{403, "RegionDisabledException", "STS is not activated in this region for account:111111111111.", vaultcore.ErrRefused,
			"STS is switched off for this account in region ap-northeast-1", "switch the region on", "RegionDisabledException"},
		{400, "PackedPolicyTooLarge", "Packed size of session tags consumes 110% of allotted space.", vaultcore.ErrRefused, "session tags", "shorten", "PackedPolicy"},
		{403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region. ", vaultcore.ErrRefused, "not one of region ap-northeast-1", "same region", "SignatureDoesNotMatch"},
		{400, "SomethingNew", "Your secret is 12345", vaultcore.ErrRefused, "AWS refused sts:GetSessionToken: SomethingNew", "request id", "SomethingNew"},
		{400, "Evil\nCode", "x", vaultcore.ErrNoAnswer, "answered 400 without a word of AWS's", "sign in to the network", `code ""`},
		{403, "AccessDenied", "User: arn:aws:iam::111111111111:user/ann is not authorized to perform: sts:GetSessionToken on resource: * because no service control policy allows the sts:GetSessionToken action",
			vaultcore.ErrRefused, "AWS does not let user/ann of account 111111111111 use sts:GetSessionToken", "the service control policy of", "AccessDenied"},
		{403, "AccessDenied", "no", vaultcore.ErrRefused, "AWS does not let the user of AKIA…", "allow sts:GetSessionToken to", "AccessDenied"},
		{500, "InternalFailure", "x", vaultcore.ErrNoAnswer, "AWS is out of order: 127.0.0.1 answered 500 (InternalFailure)", "in a minute", "500"},
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
			checkFault(t, err, test.kind, test.message, test.hint)
			var reply *sts.Reply
			if !errors.As(err, &reply) || !contains(reply.Error(), test.logs) || reply.RequestID != "0123-abcd" {
				t.Errorf("for the log: %v", reply)
			}
		})
	}
}
