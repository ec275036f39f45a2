package awstest

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// An attempt to assume the role of a world: who tries, with what, and how AWS
// answers; no code means that it is granted.
type attempt struct {
	trust   Trust
	as      func(*testing.T, small) creds // ann's key when nil
	in      func(small, *sts.AssumeRoleInput)
	status  int
	code    string
	message string // "ANN" stands for the user's ARN, "ROLE" for the role's
}

func (a attempt) run(t *testing.T) {
	w := newSmall(t, a.trust)
	as := ofKey(w.key)
	if a.as != nil {
		as = a.as(t, w)
	}
	_, err := w.assume(t, as, func(in *sts.AssumeRoleInput) {
		if a.in != nil {
			a.in(w, in)
		}
	})
	if a.code == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	message := strings.NewReplacer("ANN", w.ann.ARN(), "ROLE", w.role.ARN()).Replace(a.message)
	wantRefusal(t, err, a.status, a.code, message)
}

func withCode(w small, in *sts.AssumeRoleInput) {
	in.SerialNumber, in.TokenCode = aws.String(w.device.Serial()), aws.String(w.device.FreshCode())
}

func plainSession(t *testing.T, w small) creds { return w.mustSession(t, "") }
func mfaSession(t *testing.T, w small) creds   { return w.mustSession(t, w.device.FreshCode()) }

// roleSession is a session of another role, which the role trusts too, begun
// with the user's MFA session.
func roleSession(t *testing.T, w small) creds {
	first := w.account.Role("team/first", Trust{Principals: []string{w.ann.ARN()}, RequireMFA: true})
	trust := w.role.trust
	trust.Principals = []string{first.ARN()}
	w.account.Role("admin", trust)
	w.role = first
	out, err := w.assume(t, mfaSession(t, w), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ofSession(out.Credentials)
}

const mayNot = "User: ANN is not authorized to perform: sts:AssumeRole on resource: ROLE"

func hours(n int) func(small, *sts.AssumeRoleInput) {
	return func(_ small, in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(int32(n) * 3600) }
}

func TestAssumeRole(t *testing.T) {
	long := Trust{MaxSessionDuration: 12 * time.Hour}
	mfaOnly := Trust{RequireMFA: true}
	cases := map[string]attempt{
		"plain":             {},
		"not trusted":       {trust: Trust{Principals: []string{"arn:aws:iam::111111111111:user/bob"}}, status: 403, code: "AccessDenied", message: mayNot},
		"account trusted":   {trust: Trust{Principals: []string{"arn:aws:iam::111111111111:root"}}},
		"account, session":  {trust: Trust{Principals: []string{"arn:aws:iam::111111111111:root"}}, as: plainSession},
		"no such role":      {in: func(_ small, in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::999999999999:role/x") }, status: 403, code: "AccessDenied", message: "User: ANN is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::999999999999:role/x"},
		"root":              {as: func(_ *testing.T, w small) creds { return ofKey(w.account.Root().NewKey()) }, status: 403, code: "AccessDenied", message: "Roles may not be assumed by root accounts."},
		"MFA missing":       {trust: mfaOnly, status: 403, code: "AccessDenied", message: mayNot},
		"MFA by code":       {trust: mfaOnly, in: withCode},
		"MFA by session":    {trust: mfaOnly, as: mfaSession},
		"session, no MFA":   {trust: mfaOnly, as: plainSession, status: 403, code: "AccessDenied", message: mayNot},
		"code on session":   {trust: mfaOnly, as: plainSession, in: withCode},
		"MFA, second hop":   {trust: mfaOnly, as: roleSession, status: 403, code: "AccessDenied", message: "User: arn:aws:sts::111111111111:assumed-role/first/test is not authorized to perform: sts:AssumeRole on resource: ROLE"},
		"code on role":      {as: roleSession, in: withCode, status: 403, code: "AccessDenied", message: noDevice},
		"external id":       {trust: Trust{ExternalID: "x-1"}, in: func(_ small, in *sts.AssumeRoleInput) { in.ExternalId = aws.String("x-1") }},
		"no external id":    {trust: Trust{ExternalID: "x-1"}, status: 403, code: "AccessDenied", message: mayNot},
		"wrong external id": {trust: Trust{ExternalID: "x-1"}, in: func(_ small, in *sts.AssumeRoleInput) { in.ExternalId = aws.String("x-2") }, status: 403, code: "AccessDenied", message: mayNot},

		"12 h":              {trust: long, in: hours(12)},
		"13 h":              {trust: long, in: hours(13), status: 400, code: "ValidationError", message: "1 validation error detected: Value '46800' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200"},
		"over role's max":   {in: hours(2), status: 400, code: "ValidationError", message: noMax},
		"session, 1 h":      {trust: long, as: plainSession, in: hours(1)},
		"session, 2 h":      {trust: long, as: plainSession, in: hours(2), status: 400, code: "ValidationError", message: noChain},
		"MFA session, 2 h":  {trust: long, as: mfaSession, in: hours(2), status: 400, code: "ValidationError", message: noChain},
		"chained, 1 h":      {trust: long, as: roleSession, in: hours(1)},
		"chained, 2 h":      {trust: long, as: roleSession, in: hours(2), status: 400, code: "ValidationError", message: noChain},
		"chained, over max": {as: roleSession, in: hours(2), status: 400, code: "ValidationError", message: noMax},

		"bad name": {in: func(_ small, in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }, status: 400, code: "ValidationError",
			message: `1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		"not an ARN": {in: func(_ small, in *sts.AssumeRoleInput) { in.RoleArn = aws.String("the-role-of-administrators") }, status: 400, code: "ValidationError", message: "the-role-of-administrators is invalid"},
	}
	for name, c := range cases {
		t.Run(name, c.run)
	}
}

func TestSourceIdentityAndTags(t *testing.T) {
	source := func(value string) func(small, *sts.AssumeRoleInput) {
		return func(_ small, in *sts.AssumeRoleInput) { in.SourceIdentity = &value }
	}
	tagged := func(transitive []string, pairs ...string) func(small, *sts.AssumeRoleInput) {
		return func(_ small, in *sts.AssumeRoleInput) { in.Tags, in.TransitiveTagKeys = tags(pairs...), transitive }
	}
	cases := map[string]attempt{
		"source, not granted": {in: source("ann"), status: 403, code: "AccessDenied", message: "User: ANN is not authorized to perform: sts:SetSourceIdentity on resource: ROLE"},
		"source, granted":     {trust: Trust{AllowSourceIdentity: true}, in: source("ann")},
		"source, required":    {trust: Trust{RequireSourceIdentity: true}, status: 403, code: "AccessDenied", message: mayNot},
		"source, given":       {trust: Trust{RequireSourceIdentity: true}, in: source("ann")},
		"tag, not granted":    {in: tagged(nil, "team", "red"), status: 403, code: "AccessDenied", message: "User: ANN is not authorized to perform: sts:TagSession on resource: ROLE"},
		"tag, granted":        {trust: Trust{TagKeys: []string{"team"}}, in: tagged([]string{"team"}, "team", "red")},
		"tag, other granted":  {trust: Trust{TagKeys: []string{"cost"}}, in: tagged(nil, "team", "red"), status: 403, code: "AccessDenied", message: "User: ANN is not authorized to perform: sts:TagSession on resource: ROLE"},
		"tag, required":       {trust: Trust{TagKeys: []string{"*"}, RequireTags: []string{"team"}}, status: 403, code: "AccessDenied", message: mayNot},
		"tag, twice": {trust: Trust{TagKeys: []string{"*"}}, in: tagged(nil, "team", "red", "Team", "blue"), status: 400, code: "InvalidParameterValue",
			message: "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		"transitive, not given": {trust: Trust{TagKeys: []string{"*"}}, in: tagged([]string{"cost"}, "team", "red"), status: 400, code: "InvalidParameterValue",
			message: "The specified transitive tag key must be included in the requested tags."},
	}
	for name, c := range cases {
		t.Run(name, c.run)
	}
}

// What a session carries along a chain can be neither lost nor changed.
func TestSourceIdentityAndTransitiveTagsAreCarriedOn(t *testing.T) {
	w := newSmall(t, Trust{AllowSourceIdentity: true, TagKeys: []string{"*"}})
	first, err := w.assume(t, ofKey(w.key), func(in *sts.AssumeRoleInput) {
		in.SourceIdentity, in.Tags, in.TransitiveTagKeys = aws.String("ann"), tags("Team", "red", "cost", "7"), []string{"TEAM"}
	})
	if err != nil {
		t.Fatal(err)
	}
	as := ofSession(first.Credentials)
	trust := Trust{Principals: []string{w.role.ARN()}, RequireSourceIdentity: true, TagKeys: []string{"Team"}, RequireTags: []string{"Team"}}
	w.role = w.account.Role("second", trust)
	second, err := w.assume(t, as, nil)
	if err != nil || *second.SourceIdentity != "ann" {
		t.Fatalf("second hop: %v, %v", second, err)
	}
	_, err = w.assume(t, as, func(in *sts.AssumeRoleInput) { in.Tags = tags("team", "blue") })
	wantRefusal(t, err, 400, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
	_, err = w.assume(t, as, func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("bob") })
	wantRefusal(t, err, 400, "ValidationError", "The source identity is already set for this assume role session")
	w.role = w.account.Role("third", Trust{Principals: []string{w.account.ARN()}, AllowSourceIdentity: true, TagKeys: []string{"*"}})
	third, err := w.assume(t, ofSession(second.Credentials), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := w.srv.Session(*third.Credentials.AccessKeyId)
	want := map[string]string{"Team": "red"}
	if !ok || !maps.Equal(got.Tags, want) || got.SourceIdentity != "ann" || !got.Chained || got.Parent != *second.Credentials.AccessKeyId {
		t.Errorf("third hop: %+v", got)
	}
}

// The mark of MFA passes from the user's session to a role's, and no further;
// a code given to AssumeRole leaves none.
func TestHowFarMFAGoes(t *testing.T) {
	w := newSmall(t, Trust{})
	has := func(c creds) bool {
		t.Helper()
		got, ok := w.srv.Session(c.id)
		if !ok {
			t.Fatal("no such session")
		}
		return got.MFA
	}
	user := mfaSession(t, w)
	first := w.mustAssume(t, user)
	byCode, err := w.assume(t, ofKey(w.key), func(in *sts.AssumeRoleInput) { withCode(w, in) })
	if err != nil {
		t.Fatal(err)
	}
	w.role = w.account.Role("next", Trust{Principals: []string{w.role.ARN()}})
	second := w.mustAssume(t, first)
	if !has(user) || !has(first) || has(second) || has(ofSession(byCode.Credentials)) {
		t.Errorf("MFA: user %v, role %v, second role %v, by code %v", has(user), has(first), has(second), has(ofSession(byCode.Credentials)))
	}
}

func TestADeletedRolesSessionsEnd(t *testing.T) {
	w := newSmall(t, Trust{})
	out, err := w.assume(t, ofKey(w.key), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.role.Delete()
	_, err = ofSession(out.Credentials).sts(w.srv).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	wantRefusal(t, err, 403, "InvalidClientTokenId", noToken)
}
