package rotator

import (
	"reflect"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// TestWithMFA: the session with MFA is that of the plan, where it has one, else one of the
// device that the plan or AWS names.
func TestWithMFA(t *testing.T) {
	const phone, own = "arn:aws:iam::111111111111:mfa/phone", "arn:aws:iam::111111111111:mfa/own"
	at := sts.Target{Region: "us-east-1", Endpoint: "http://127.0.0.1:1", Attempts: 2}
	key := plan.Step{Kind: plan.Key, KeyName: "base", Profile: "base"}
	session := plan.Step{Kind: plan.Session, Profile: "base", MFASerial: own, MFAProcess: "code", MFAProfile: "base", Duration: time.Hour, Region: "eu-west-1"}
	role := plan.Step{Kind: plan.Role, Profile: "above", RoleARN: "arn:aws:iam::111111111111:role/r", MFASerial: own, MFAPrompt: "app", Duration: time.Hour, Region: "eu-west-1"}
	bare := role
	bare.MFASerial, bare.MFAPrompt = "", ""
	made := func(change func(*plan.Step)) *plan.Step {
		s := plan.Step{Kind: plan.Session, Profile: "base", Duration: 8 * time.Hour, Region: at.Region, Endpoint: at.Endpoint, Attempts: at.Attempts}
		change(&s)
		return &s
	}
	for name, test := range map[string]struct {
		steps  []plan.Step
		device string
		want   *plan.Step // nil for no session
	}{
		"a session of its own":           {[]plan.Step{key, session, bare}, phone, &session},
		"a role with a device":           {[]plan.Step{key, role}, phone, made(func(s *plan.Step) { s.MFASerial, s.MFAPrompt = own, "app" })},
		"the device that AWS names":      {[]plan.Step{key}, phone, made(func(s *plan.Step) { s.MFASerial = phone })},
		"that of a role without":         {[]plan.Step{key, bare}, phone, made(func(s *plan.Step) { s.MFASerial = phone })},
		"no device":                      {[]plan.Step{key}, "", nil},
		"a role and no device":           {[]plan.Step{key, bare}, "", nil},
		"what does not start from a key": {[]plan.Step{{Kind: plan.Kind(vaultcore.SSOSource)}, role}, phone, nil},
	} {
		p := plan.Plan{Profile: "above", Steps: test.steps}
		got, ok := withMFA(p, test.device, at, 8*time.Hour)
		if ok != (test.want != nil) {
			t.Errorf("%s: %v, %+v", name, ok, got)
		}
		if ok && !reflect.DeepEqual(got.Steps, []plan.Step{key, *test.want}) {
			t.Errorf("%s: %+v", name, got.Steps)
		}
		if len(p.Steps) != len(test.steps) {
			t.Errorf("%s: the plan itself is another by now", name)
		}
	}
}
