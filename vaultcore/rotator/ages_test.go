package rotator

import (
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// TestAgeOfAUsedKey: IAM is asked how old a key is once it was used, some time later, once a
// day, and where it refuses, once a week.
func TestAgeOfAUsedKey(t *testing.T) {
	ofKey := plan.Plan{Steps: []plan.Step{{Kind: plan.Key, KeyName: "robot", Profile: "robot"}}}
	behindMFA := plan.Plan{Steps: []plan.Step{ofKey.Steps[0], {Kind: plan.Session, MFASerial: "arn:aws:iam::111111111111:mfa/robot"}}}
	const soon, later = ageDelay / 2, ageDelay + time.Minute
	for name, test := range map[string]struct {
		plan   plan.Plan
		denied bool
		after  []time.Duration // since now, when it is used and asked for
		asked  int
		known  bool
	}{
		"just used":               {ofKey, false, []time.Duration{soon}, 0, false},
		"a while ago":             {ofKey, false, []time.Duration{later}, 1, true},
		"twice a day":             {ofKey, false, []time.Duration{later, 20 * time.Hour}, 1, true},
		"a day apart":             {ofKey, false, []time.Duration{later, 25 * time.Hour}, 2, true},
		"refused":                 {ofKey, true, []time.Duration{later, 25 * time.Hour}, 1, false},
		"refused a week ago":      {ofKey, true, []time.Duration{later, 8 * vaultcore.Day}, 2, false},
		"no session with MFA":     {behindMFA, false, []time.Duration{later}, 0, false},
		"a key that is not known": {plan.Plan{Steps: []plan.Step{{Kind: plan.Key, KeyName: "nobody"}}}, false, []time.Duration{later}, 0, false},
		"what starts from no key": {plan.Plan{Steps: []plan.Step{{Kind: plan.Kind(vaultcore.SSOSource)}}}, false, []time.Duration{later}, 0, false},
		"never used":              {ofKey, false, nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if test.denied {
				w.robot.Deny("iam:ListAccessKeys")
			}
			for _, after := range test.after {
				w.Used(t.Context(), test.plan)
				w.AskAges(t.Context(), time.Now().Add(after))
			}
			if n := w.server.Count("ListAccessKeys"); n != test.asked {
				t.Errorf("IAM was asked %d times, not %d", n, test.asked)
			}
			kept := w.Kept([]string{"nobody", "robot"})
			if (len(kept) == 1) != test.known {
				t.Fatalf("known is %+v", kept)
			}
			if id := w.inUse("robot"); test.known && (kept[0].Name != "robot" || kept[0].ID != vaultcore.MaskKeyID(id) || kept[0].Created.IsZero()) {
				t.Errorf("it is shown as %+v", kept[0])
			}
		})
	}
}
