package awstest

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const (
	noMFA       = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
	noDevice    = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
	halfMFA     = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
	noChain     = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
	noMax       = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
	noToken     = "The security token included in the request is invalid."
	oneTooShort = "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
)

// who asks GetCallerIdentity.
func who(t *testing.T, srv *Server, c creds) string {
	t.Helper()
	out, err := c.sts(srv).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Arn
}

func TestEveryCredentialKnowsWhoseItIs(t *testing.T) {
	w := newSmall(t, Trust{RequireMFA: true})
	session := w.mustSession(t, w.device.Code())
	assumed, err := w.assume(t, session, nil)
	if err != nil {
		t.Fatal(err)
	}
	federated, err := ofKey(w.key).sts(w.srv).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("bob")})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		as   creds
		want string
	}{
		{ofKey(w.key), "arn:aws:iam::111111111111:user/ann"},
		{session, "arn:aws:iam::111111111111:user/ann"},
		{ofSession(assumed.Credentials), "arn:aws:sts::111111111111:assumed-role/admin/test"},
		{ofSession(federated.Credentials), "arn:aws:sts::111111111111:federated-user/bob"},
		{ofKey(w.account.Root().NewKey()), "arn:aws:iam::111111111111:root"},
	} {
		if got := who(t, w.srv, c.as); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestGetSessionTokenRefusals(t *testing.T) {
	w := newSmall(t, Trust{})
	session := w.mustSession(t, "")
	fido := w.ann.NewFIDO().Serial()
	others := w.account.User("bob").NewMFA()
	serial := w.device.Serial()
	cases := map[string]struct {
		as      creds
		in      sts.GetSessionTokenInput
		status  int
		code    string
		message string
	}{
		"with a session": {session, sts.GetSessionTokenInput{}, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials"},
		"too short":      {ofKey(w.key), sts.GetSessionTokenInput{DurationSeconds: aws.Int32(899)}, 400, "ValidationError", oneTooShort},
		"too long": {ofKey(w.key), sts.GetSessionTokenInput{DurationSeconds: aws.Int32(129601)}, 400, "ValidationError",
			"1 validation error detected: Value '129601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600"},
		"wrong code":     {ofKey(w.key), mfa(serial, wrongCode(w.device)), 403, "AccessDenied", noMFA},
		"FIDO key":       {ofKey(w.key), mfa(fido, "123456"), 403, "AccessDenied", noDevice},
		"other's device": {ofKey(w.key), mfa(others.Serial(), others.Code()), 403, "AccessDenied", noDevice},
		"no code":        {ofKey(w.key), sts.GetSessionTokenInput{SerialNumber: &serial}, 403, "AccessDenied", halfMFA},
		"long code": {ofKey(w.key), mfa(serial, "1234567"), 400, "ValidationError",
			"1 validation error detected: Value '1234567' at 'tokenCode' failed to satisfy constraint: Member must have length less than or equal to 6"},
		"letters": {ofKey(w.key), mfa(serial, "abcdef"), 400, "ValidationError",
			`1 validation error detected: Value 'abcdef' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]*`},
		"short code and serial": {ofKey(w.key), mfa("x", "12"), 400, "ValidationError",
			"2 validation errors detected: Value 'x' at 'serialNumber' failed to satisfy constraint: Member must have length greater than or equal to 9; " +
				"Value '12' at 'tokenCode' failed to satisfy constraint: Member must have length greater than or equal to 6"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := c.as.sts(w.srv).GetSessionToken(t.Context(), &c.in)
			wantRefusal(t, err, c.status, c.code, c.message)
		})
	}
}

func mfa(serial, code string) sts.GetSessionTokenInput {
	return sts.GetSessionTokenInput{SerialNumber: &serial, TokenCode: &code}
}

// wrongCode is six digits that are not any code of these minutes.
func wrongCode(d *Device) string {
	near := map[string]bool{}
	for step := -4; step <= 4; step++ {
		near[d.CodeAt(d.srv.Now().Add(time.Duration(step)*totpStep))] = true
	}
	for _, code := range []string{"000000", "000001", "000002", "000003", "000004", "000005", "000006", "000007", "000008", "000009"} {
		if !near[code] {
			return code
		}
	}
	panic("ten wrong codes are all right")
}

func TestAUsedCodeIsRefused(t *testing.T) {
	w := newSmall(t, Trust{})
	code := w.device.Code()
	w.mustSession(t, code)
	in := mfa(w.device.Serial(), code)
	_, err := ofKey(w.key).sts(w.srv).GetSessionToken(t.Context(), &in)
	wantRefusal(t, err, 403, "AccessDenied", noMFA)
	_, err = w.assume(t, ofKey(w.key), func(in *sts.AssumeRoleInput) {
		in.SerialNumber, in.TokenCode = aws.String(w.device.Serial()), &code
	})
	wantRefusal(t, err, 403, "AccessDenied", noMFA)
}

func TestSessionsLastAsAskedAndEnd(t *testing.T) {
	w := newSmall(t, Trust{})
	root := ofKey(w.account.Root().NewKey())
	for _, c := range []struct {
		as    creds
		asked *int32
		want  time.Duration
	}{
		{ofKey(w.key), nil, 12 * time.Hour},
		{ofKey(w.key), aws.Int32(900), 15 * time.Minute},
		{ofKey(w.key), aws.Int32(129600), 36 * time.Hour},
		{root, nil, time.Hour},
		{root, aws.Int32(7200), time.Hour},
	} {
		w.srv.SetClockOffset(0)
		out, err := c.as.sts(w.srv).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: c.asked})
		if err != nil {
			t.Fatal(err)
		}
		left := out.Credentials.Expiration.Sub(w.srv.Now())
		if left > c.want || left < c.want-time.Minute {
			t.Errorf("asked for %v, got %v", c.want, left)
		}
		skewed := ofSession(out.Credentials)
		w.srv.SetClockOffset(c.want)
		_, err = skewed.sts(w.srv).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		wantRefusal(t, err, 403, "ExpiredToken", "The security token included in the request is expired")
	}
}

func TestGetFederationToken(t *testing.T) {
	w := newSmall(t, Trust{})
	session := w.mustSession(t, "")
	call := func(as creds, in sts.GetFederationTokenInput) (*sts.GetFederationTokenOutput, error) {
		return as.sts(w.srv).GetFederationToken(t.Context(), &in)
	}
	_, err := call(session, sts.GetFederationTokenInput{Name: aws.String("bob")})
	wantRefusal(t, err, 403, "AccessDenied", "Cannot call GetFederationToken with session credentials")
	_, err = call(ofKey(w.key), sts.GetFederationTokenInput{Name: aws.String("b")})
	wantRefusal(t, err, 400, "ValidationError", "1 validation error detected: Value 'b' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2")
	_, err = call(ofKey(w.key), sts.GetFederationTokenInput{Name: aws.String("b o")})
	wantRefusal(t, err, 400, "ValidationError", `1 validation error detected: Value 'b o' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`)
	_, err = call(ofKey(w.key), sts.GetFederationTokenInput{Name: aws.String("bob"), Policy: aws.String("{")})
	wantRefusal(t, err, 400, "MalformedPolicyDocument", "This policy contains invalid Json")

	out, err := call(ofKey(w.key), sts.GetFederationTokenInput{Name: aws.String("bob"), Policy: aws.String(`{"Version":"2012-10-17","Statement":[]}`)})
	if err != nil {
		t.Fatalf("with a policy: %v", err)
	}
	federated := ofSession(out.Credentials)
	_, err = w.assume(t, federated, nil)
	wantRefusal(t, err, 403, "AccessDenied", "User: arn:aws:sts::111111111111:federated-user/bob is not authorized to perform: sts:AssumeRole on resource: "+w.role.ARN())
	_, err = federated.sts(w.srv).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	wantRefusal(t, err, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
}

func TestDenyAllWithoutMFA(t *testing.T) {
	w := newSmall(t, Trust{})
	w.ann.DenyAllWithoutMFA()
	_, err := w.assume(t, ofKey(w.key), nil)
	wantRefusal(t, err, 403, "AccessDenied", "User: "+w.ann.ARN()+" is not authorized to perform: sts:AssumeRole on resource: "+w.role.ARN()+" with an explicit deny in an identity-based policy")
	who(t, w.srv, ofKey(w.key))
	if _, err := w.assume(t, w.mustSession(t, w.device.FreshCode()), nil); err != nil {
		t.Errorf("with an MFA session: %v", err)
	}
	_, err = w.assume(t, ofKey(w.key), func(in *sts.AssumeRoleInput) {
		in.SerialNumber, in.TokenCode = aws.String(w.device.Serial()), aws.String(w.device.FreshCode())
	})
	if err != nil {
		t.Errorf("with a code: %v", err)
	}
}

func tags(pairs ...string) []ststypes.Tag {
	var list []ststypes.Tag
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, ststypes.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return list
}
