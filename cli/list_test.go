package cli

import (
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/cli/internal/report"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

func TestListGolden(t *testing.T) {
	now := theEnd.Add(-3*time.Hour - 40*time.Minute - 12*time.Second)
	snap := sampleSnapshot(theEnd)
	snap.Profiles = append(snap.Profiles,
		vaultcore.ProfileState{Name: "ended", State: vaultcore.StateNone, Expires: now.Add(-time.Second), Sessions: []vaultcore.SessionState{{Call: "sts.AssumeRole", Expires: now}}},
		vaultcore.ProfileState{Name: "a-profile-with-a-very-long-name-indeed", Key: true, State: vaultcore.StateActive, Expires: now.Add(30 * time.Second)},
		vaultcore.ProfileState{Name: "for-agents", State: vaultcore.StateActive, Expires: now.Add(time.Hour), Agents: []vaultcore.AgentSession{{Agent: "claude\x1b", Expires: now.Add(30 * time.Minute)}}},
		vaultcore.ProfileState{Name: "for-terraform", Alias: "hoge-system", Source: "bastion-system", State: vaultcore.StateNone},
		vaultcore.ProfileState{Name: "signed-in", Account: "333333333333", AccountName: "Acme\x1b dev", Role: "Admin", Source: "sign-in to corp", SignInName: "corp", State: vaultcore.StateNone},
	)
	snap.SignIns = sampleSignIns(now)
	about := sampleService().About
	about.Started = time.Date(2099, 1, 2, 3, 4, 5, 0, time.Local) // shown in the person's own zone
	about.SignIns = snap.SignIns
	for name, got := range map[string]string{
		"list.txt":     report.List(snap, now),
		"long.txt":     report.ListLong(snap, now),
		"sessions.txt": report.Sessions(snap, now, true),
		"explain.txt":  report.Explanation(sampleExplanation()),
		"status.txt":   report.Status(about, "v1.3.0", now),
	} {
		golden.Check(t, "golden/"+name, got)
	}
}
