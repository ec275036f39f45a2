package rotator

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// withMFA is the plan of the session with MFA on the way of a plan, of its own device or,
// where it has none, of this one. There is none without a device.
func withMFA(p plan.Plan, device string, at sts.Target, life time.Duration) (made plan.Plan, ok bool) {
	if p.Steps[0].Kind != plan.Key {
		return plan.Plan{}, false
	}
	session := plan.Step{
		Kind: plan.Session, Profile: p.Source(), MFASerial: device, Duration: life,
		Region: at.Region, Endpoint: at.Endpoint, Variant: at.Variant, Attempts: at.Attempts, Via: at.Via,
	}
	if len(p.Steps) > 1 && p.Steps[1].MFASerial != "" {
		next := p.Steps[1]
		if next.Kind == plan.Session {
			session = next
		}
		session.MFASerial, session.MFAProcess, session.MFAPrompt, session.MFAProfile = next.MFASerial, next.MFAProcess, next.MFAPrompt, next.MFAProfile
	}
	p.Steps = []plan.Step{p.Steps[0], session}
	return p, session.MFASerial != ""
}
