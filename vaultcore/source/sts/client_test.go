package sts_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

const region = "ap-northeast-1"

// world is an AWS with a user in one account, and roles in another.
type world struct {
	aws    *awstest.Server
	ann    *awstest.User
	key    *awstest.Key
	device *awstest.Device
	roles  *awstest.Account
	admin  *awstest.Role // wants MFA, lives up to 4 h
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{aws: awstest.NewServer(t)}
	w.ann = w.aws.Account("111111111111").User("ann")
	w.key, w.device = w.ann.NewKey(), w.ann.NewMFA()
	w.roles = w.aws.Account("222222222222")
	w.admin = w.roles.Role("admin", awstest.Trust{Principals: []string{w.ann.ARN()}, RequireMFA: true, MaxSessionDuration: 4 * time.Hour})
	return w
}

// client asks the world, and pauses for a moment only between attempts.
func (w *world) client(changes ...func(*sts.Options)) *sts.Client {
	o := sts.Options{Version: "1.2.3", Pause: time.Microsecond}
	for _, change := range changes {
		change(&o)
	}
	return sts.New(o)
}

// at is where the world's AWS is asked.
func (w *world) at(region string) sts.Target {
	return sts.Target{Region: region, Endpoint: w.aws.URL()}
}

// session is the step of a session with MFA.
func (w *world) session() plan.Step {
	return plan.Step{Kind: plan.Session, Profile: "bastion", MFASerial: w.device.Serial(), Duration: 8 * time.Hour, Region: region, Endpoint: w.aws.URL()}
}

// role is the step of a role behind such a session.
func (w *world) role(role *awstest.Role) plan.Step {
	return plan.Step{Kind: plan.Role, Profile: "prod", RoleARN: role.ARN(), RoleSessionName: "vaultbar-ann",
		Duration: time.Hour, Region: region, Endpoint: w.aws.URL(), BehindMFA: true}
}

// code is one that AWS has not seen.
func (w *world) code() vaultcore.Secret { return vaultcore.NewSecret(w.device.FreshCode()) }

// signedIn is a session with MFA.
func (w *world) signedIn(t *testing.T) vaultcore.Credentials {
	t.Helper()
	return w.mustRun(t, w.session(), w.key.Credentials(), w.code())
}

// plainSession is a session without MFA.
func (w *world) plainSession(t *testing.T) vaultcore.Credentials {
	t.Helper()
	step := w.session()
	step.MFASerial = ""
	return w.mustRun(t, step, w.key.Credentials(), vaultcore.Secret{})
}

func (w *world) mustRun(t *testing.T, step plan.Step, from vaultcore.Credentials, code vaultcore.Secret) vaultcore.Credentials {
	t.Helper()
	made, err := w.client().Run(t.Context(), step, from, code)
	if err != nil {
		t.Fatalf("%v (%v)", err, errors.Unwrap(err))
	}
	return made
}

func TestSessionThenRole(t *testing.T) {
	w := newWorld(t)
	session := w.signedIn(t)
	checkLives(t, session, 8*time.Hour)
	if session.AccountID != "111111111111" {
		t.Errorf("the session's account is %q", session.AccountID)
	}
	role := w.mustRun(t, w.role(w.admin), session, vaultcore.Secret{})
	checkLives(t, role, time.Hour)
	if role.AccountID != "222222222222" {
		t.Errorf("the role's account is %q", role.AccountID)
	}
	audit := w.roles.Role("audit", awstest.Trust{Principals: []string{w.admin.ARN()}})
	checkLives(t, w.mustRun(t, w.role(audit), role, vaultcore.Secret{}), time.Hour)
}

func checkLives(t *testing.T, c vaultcore.Credentials, want time.Duration) {
	t.Helper()
	if left := c.Left(time.Now()); left > want || left < want-time.Minute {
		t.Errorf("lives %s, want %s", left, want)
	}
	if c.AccessKeyID == "" || c.SecretAccessKey.IsZero() || c.LongTerm() {
		t.Errorf("not a session: %+v", c)
	}
}

// TestRootSession holds that a session which AWS makes shorter than asked for
// is taken for as long as it is.
func TestRootSession(t *testing.T) {
	w := newWorld(t)
	step := w.session()
	step.MFASerial = ""
	root := w.aws.Account("111111111111").Root().NewKey()
	checkLives(t, w.mustRun(t, step, root.Credentials(), vaultcore.Secret{}), time.Hour)
}

// TestRoleDirectly holds that a role is assumed with the key itself, with MFA,
// and with all that a profile can say of it.
func TestRoleDirectly(t *testing.T) {
	w := newWorld(t)
	deploy := w.roles.Role("team/deploy", awstest.Trust{
		Principals: []string{w.ann.ARN()}, RequireMFA: true, ExternalID: "ext-1", RequireSourceIdentity: true,
		TagKeys: []string{"*"}, RequireTags: []string{"team"}, MaxSessionDuration: 12 * time.Hour,
	})
	step := w.role(deploy)
	step.MFASerial, step.Duration = w.device.Serial(), 12*time.Hour
	step.ExternalID, step.SourceIdentity = "ext-1", "ann"
	step.Tags, step.TransitiveTags = []vaultcore.Tag{{Key: "team", Value: "core & co"}}, []string{"team"}
	checkLives(t, w.mustRun(t, step, w.key.Credentials(), w.code()), 12*time.Hour)
	calls := w.aws.Calls()
	last := calls[len(calls)-1]
	for name, want := range map[string]string{
		"RoleSessionName": "vaultbar-ann", "Tags.member.1.Value": "core & co", "TransitiveTagKeys.member.1": "team", "DurationSeconds": "43200",
	} {
		if last.Params[name] != want {
			t.Errorf("%s is %q, want %q", name, last.Params[name], want)
		}
	}
}

// TestManyAtOnce holds that one client serves many sessions in several
// regions at once.
func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	p := w.client()
	session := w.signedIn(t)
	var group sync.WaitGroup
	for i := range 32 {
		group.Go(func() {
			step := w.role(w.admin)
			step.Region = []string{region, "us-east-1", "eu-west-1"}[i%3]
			if _, err := p.Run(t.Context(), step, session, vaultcore.Secret{}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestUserAgent(t *testing.T) {
	w := newWorld(t)
	w.plainSession(t)
	if agent := w.aws.Calls()[0].UserAgent; !contains(agent, "vaultbar/1.2.3") {
		t.Errorf("User-Agent is %q", agent)
	}
}

func TestIdentify(t *testing.T) {
	w := newWorld(t)
	w.ann.NewFIDO()
	second := w.ann.NewMFA()
	p := w.client()
	id, err := p.Identify(t.Context(), w.at(""), w.at(""), w.key.Credentials())
	if err != nil {
		t.Fatal(err)
	}
	if id.Account != "111111111111" || id.User != "ann" || id.ARN != w.ann.ARN() {
		t.Errorf("identity %+v", id)
	}
	if len(id.MFADevices) != 2 || id.MFADevices[0] != w.device.Serial() || id.MFADevices[1] != second.Serial() {
		t.Errorf("devices %q, want those with codes", id.MFADevices)
	}
}

// TestIdentifyWithoutIAM holds that a key is identified whatever IAM says.
func TestIdentifyWithoutIAM(t *testing.T) {
	tests := []struct {
		name string
		make func(*world)
	}{
		{"denied", func(w *world) { w.ann.Deny("iam:ListMFADevices") }},
		{"out of order", func(w *world) { w.aws.Fault(awstest.Fault{Action: "ListMFADevices", Kind: awstest.Status(503)}) }},
		{"a web page", func(w *world) { w.aws.Fault(awstest.Fault{Action: "ListMFADevices", Kind: awstest.HTML}) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			test.make(w)
			id, err := w.client().Identify(t.Context(), w.at(region), w.at(region), w.key.Credentials())
			if err != nil || id.User != "ann" || len(id.MFADevices) != 0 {
				t.Errorf("identity %+v, %v", id, err)
			}
		})
	}
}

func TestIdentifyOthers(t *testing.T) {
	w := newWorld(t)
	root := w.aws.Account("111111111111").Root().NewKey()
	role := w.mustRun(t, w.role(w.admin), w.signedIn(t), vaultcore.Secret{})
	for name, test := range map[string]struct {
		key  vaultcore.Credentials
		user string
	}{
		"root": {root.Credentials(), "root"},
		"role": {role, ""},
	} {
		id, err := w.client().Identify(t.Context(), w.at(region), w.at(region), test.key)
		if err != nil || id.User != test.user {
			t.Errorf("%s: identity %+v, %v", name, id, err)
		}
	}
}
