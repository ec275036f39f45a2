package vault

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/doctor"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// Doctor is part of [agent.Service].
func (v *Vault) Doctor(ctx context.Context, r agent.DoctorRequest) (agent.DoctorResult, error) {
	facts := doctor.Look(doctor.Home{Settings: v.settings.File(), Seen: r.Seen})
	facts.App = doctor.App{Running: true, Backend: v.keys.Backend()}
	facts.App.Snapshot, facts.App.SnapshotErr = v.Snapshot(ctx)
	checks, searches, err := doctor.Report(facts, r.Profile)
	if err != nil {
		return agent.DoctorResult{}, err
	}
	checks = append(checks, v.checkDesktop(ctx), v.checkRoute(ctx))
	if r.Online {
		checks = append(checks, v.checkOnline(ctx, r.Profile)...)
	}
	return agent.DoctorResult{Checks: checks, Searches: searches}, nil
}

// found is the check of an error, which says the next step itself.
func found(name string, verdict vaultcore.Verdict, err error) vaultcore.Check {
	return vaultcore.Check{Name: name, Verdict: verdict, Text: err.Error(), Next: vaultcore.Hint(err)}
}

// checkDesktop says whether a person can be asked.
func (v *Vault) checkDesktop(ctx context.Context) vaultcore.Check {
	c := vaultcore.Check{Name: "desktop", Verdict: vaultcore.CheckOK, Text: "questions are asked in dialogs, or at the terminal"}
	if !v.desktop.Present(ctx) {
		c.Text = "there is none: questions are asked at the terminal"
	} else if err := v.desktop.Missing(); err != nil {
		c = found(c.Name, vaultcore.CheckWarn, err)
	}
	return c
}

// checkRoute says what is in AWS's place or on the way there.
func (v *Vault) checkRoute(ctx context.Context) vaultcore.Check {
	c := vaultcore.Check{Name: "route", Verdict: vaultcore.CheckOK, Text: "requests go to AWS directly"}
	if _, err := v.approver.Route(ctx); err != nil {
		return found(c.Name, vaultcore.CheckFail, err)
	}
	if lines := v.elsewhere(ctx); len(lines) > 0 {
		c.Text = strings.Join(lines, "; ")
	}
	return c
}

// aLittle is how far two clocks may be apart before that is reported; AWS refuses
// requests that are off by outOfTime. Source: IAM User Guide, "Signing AWS API requests".
const (
	aLittle   = time.Minute
	outOfTime = 15 * time.Minute
)

// checkOnline asks AWS for the time, and whose the key of a profile is. What is not
// trusted is not asked, and nobody is asked about it.
func (v *Vault) checkOnline(ctx context.Context, name string) []vaultcore.Check {
	const aws = "AWS"
	profile, _ := v.liveConfig(ctx).Latest(ctx, name).Profiles.Get(name)
	at, _, needs, err := v.approver.WantedTargets(ctx, profile)
	if err != nil {
		return []vaultcore.Check{found(aws, vaultcore.CheckFail, err)}
	}
	if len(needs) > 0 {
		return []vaultcore.Check{{Name: aws, Verdict: vaultcore.CheckWarn,
			Text: fmt.Sprintf("not asked, since the route to AWS is not trusted: %s", needs[0].Shown()),
			Next: "`vaultbar renew PROFILE` asks whether to trust it"}}
	}
	v.approver.Introduce(ctx)
	ahead, err := v.sts.Ahead(ctx, at)
	if err != nil {
		return []vaultcore.Check{found(aws, vaultcore.CheckFail, err)}
	}
	return append([]vaultcore.Check{{Name: aws, Verdict: vaultcore.CheckOK, Text: "answers in " + at.Region}, checkClock(ahead)}, v.checkKey(ctx, name, at)...)
}

func checkClock(ahead time.Duration) vaultcore.Check {
	c := vaultcore.Check{Name: "clock", Verdict: vaultcore.CheckOK, Text: "as AWS's"}
	if ahead.Abs() > aLittle {
		c.Verdict, c.Text, c.Next = vaultcore.CheckWarn, sts.ClockWords(ahead), "turn on network time"
	}
	if ahead.Abs() > outOfTime {
		c.Verdict, c.Text = vaultcore.CheckFail, c.Text+", which refuses requests that are off by that much"
	}
	return c
}

// checkKey asks AWS whose the key is that a profile starts from, where the keychain
// gives it without a question.
func (v *Vault) checkKey(ctx context.Context, name string, at sts.Target) []vaultcore.Check {
	prepared, err := v.planCached(ctx, v.liveConfig(ctx).Latest(ctx, name), agent.CredentialsRequest{Profile: name})
	if name == "" || err != nil || !prepared.Plan.Steps[0].LongTerm() || v.keys.Asks() {
		return nil
	}
	key, err := v.keys.Key(ctx, prepared.Plan.Source())
	var id vaultcore.Identity
	if err == nil {
		id, err = v.sts.WhoIs(ctx, at, key)
	}
	if err == nil {
		err = prepared.Plan.Steps[0].Names().Check(prepared.Plan.Source(), id.Account)
	}
	if err != nil {
		return []vaultcore.Check{found(string(plan.Key), vaultcore.CheckFail, err)}
	}
	return []vaultcore.Check{{Name: string(plan.Key), Verdict: vaultcore.CheckOK, Text: fmt.Sprintf("%s is %s", vaultcore.MaskKeyID(key.AccessKeyID), id.ARN)}}
}
