package cli

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// theEnd is when the sample's sessions end: far away, so that they live.
var theEnd = time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)

// sampleSignIns are one that lives, one whose token has ended, and one that is waited for.
func sampleSignIns(now time.Time) []vaultcore.SignInState {
	return []vaultcore.SignInState{
		{
			Name: "corp", Kind: vaultcore.SSOSource, StartURL: "https://d-1234567890.awsapps.com/start", Profiles: 3,
			SignedIn: now.Add(-6 * time.Hour), Expires: now.Add(42 * time.Minute), Renews: true, Ends: now.Add(2 * time.Hour),
		},
		{Name: "idle", Kind: vaultcore.SSOSource, Profiles: 1, SignedIn: now.Add(-2 * time.Hour), Expires: now.Add(-time.Hour), Renews: true},
		{Name: "partner\x1b", Kind: vaultcore.SSOSource, Profiles: 12, Needed: 2},
	}
}

// sampleService has a profile with a key and one with a role, and one that
// asks for a code.
func sampleService() *testkit.FakeService {
	session := testkit.Session(theEnd.Add(-time.Hour))
	key := testkit.Key()
	plain := agent.CredentialsResult{Credentials: key, Warnings: []string{"this is a long-term key"}}
	base, role := testkit.BaseProfile, testkit.RoleProfile
	return &testkit.FakeService{
		Results: map[string]agent.CredentialsResult{base: session, role: session, "asking": session, "plain": plain},
		Questions: map[string]vaultcore.Question{
			"asking": {Kind: vaultcore.AskMFA, Profile: "asking", Device: testkit.MFADevice},
		},
		Answer:   "123456",
		Keys:     map[string]vaultcore.Credentials{base: key, "orphan": key},
		Sessions: map[string]int{base: 1, role: 2},
		State:    sampleSnapshot(theEnd),
		Identity: vaultcore.Identity{
			Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/ann", User: "ann",
			MFADevices: []string{testkit.MFADevice},
		},
		Explanations: map[string]vaultcore.Explanation{role: sampleExplanation(), base: {Profile: base}, "asking": {Profile: "asking"}},
		Change: agent.SetupResult{
			File:  "/home/ann/.aws/config",
			Diff:  "--- config\n+++ config\n+credential_process = vaultbar\n",
			Notes: []string{"role_arn of hoge-system would win, so bastion-system is set up"},
		},
		Served: agent.Endpoint{Address: "http://127.0.0.1:41234", Token: vaultcore.NewSecret("served"), Region: "ap-northeast-1"},
		Found: agent.DoctorResult{
			Checks: []vaultcore.Check{
				{Name: "keychain", Verdict: vaultcore.CheckOK, Text: "file, 2 keys"},
				{Name: "config", Verdict: vaultcore.CheckFail, Text: "~/.aws/config:21: it is neither a setting,\na section nor a comment", Next: "correct the line\nthe rest works"},
			},
			Searches: []vaultcore.Search{{Tools: "aws, boto3", Places: []vaultcore.Candidate{
				{Name: "environment", Text: "no AWS_ACCESS_KEY_ID"}, {Name: "credential_process", Text: "credential_process in ~/.aws/config:3 asks vaultbar", Has: true, Wins: true},
			}}},
		},
		Relay: agent.Relay{Address: "http://169.254.170.2/prod", Folder: "/run/containers", Port: 41235},
		SignIns: map[string]agent.SignInResult{
			"corp": {Name: "corp", Fresh: true, Warnings: []string{"it ends with the old one"}}, "old": {Name: "old"},
		},
		SignOuts: map[string]agent.SignOutResult{"corp": {SignIns: 1, Sessions: 3, LivesOn: []string{"the browser's own session at https://d-1234567890.awsapps.com/start: sign out there too"}}, "": {SignIns: 2}},
		Portals: map[string][]vaultcore.Account{"corp": {
			{ID: "111111111111", Name: "Acme prod", Email: "aws+prod@example.com", Roles: []string{"Admin", "ReadOnly"}},
			{ID: "222222222222", Name: "本番\x1b[2J", Roles: []string{"Admin"}},
			{ID: "333333333333", Roles: []string{}},
		}},
		Sync: agent.SyncResult{
			SetupResult: agent.SetupResult{
				File: "/home/ann/.aws/config", Diff: "--- config\n+++ config\n+[profile Acme-prod-Admin]\n", Notes: []string{"p has its role already."},
			},
			Change: "0123456789abcdef", Added: 2, Removed: 1,
		},
		Imported: agent.ImportResult{
			Keys: []agent.ImportedKey{
				{PlainKey: sampleSnapshot(theEnd).Plain[0], ID: "AKIA…MPLE", Identity: vaultcore.Identity{Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/ann", User: "ann"}, MFASerial: testkit.MFADevice},
				{PlainKey: vaultcore.PlainKey{Profile: "ci", File: "~/.aws/credentials", Line: 6}, ID: "…", Why: "the secret is not alone on its line", Hint: "correct line 7 of ~/.aws/credentials"},
			},
			File: "/home/ann/.aws/config", Diff: "--- config\n+++ config\n+credential_process = vaultbar\n",
			Plan: "the-plan", Backups: []string{"/home/ann/backup/credentials-1"},
		},
		Rotated: agent.RotateResult{
			Names: []string{base}, Profiles: []string{base, role}, Key: "AKIA…MPLE", Plan: "the-way",
			Identity: vaultcore.Identity{Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/ann", User: "ann"},
			Steps:    []string{"create a new key", "make AKIA…MPLE inactive"},
			Notes:    []string{"The key stands in plain text in ~/.aws/credentials, line 2, too."},
			Rotation: &sampleSnapshot(theEnd).Rotating[0],
		},
		SignedIn: agent.LoginResult{
			Address:  vaultcore.NewSecret("https://signin.aws.amazon.com/federation?Action=login&SigninToken=canary"),
			Browser:  "Chromium",
			Warnings: []string{"the console session carries no MFA"},
		},
		Accounts: map[string][]string{
			"arn:aws:ec2:eu-central-1:222222222222:instance/i-1": {role},
			"arn:aws:s3:::anybody":                               {base, role},
		},
		Machine: sampleMachine(),
		ForAgents: agent.AgentsResult{Known: []string{"aider", "claude"}, Programs: []string{"mybot"}, All: "read-only", Profiles: []agent.ProfileForAgents{
			{Profile: base, Set: "default", Gets: "read-only", Nothing: "the credentials come from sts:GetSessionToken, which accepts no session policy"},
			{Profile: role, Set: "read-only", Gets: "read-only", Policy: "arn:aws:iam::aws:policy/ReadOnlyAccess", Named: "agent-NAME-vaultbar-ann"},
			{Profile: "staging", Set: "ask", Gets: "ask"},
		}},
		Options: []agent.Setting{
			{Key: "isolated", Value: "no", Default: "no", Help: "whether consoles open in a browser profile of their own"},
			{Key: "browser", Help: "the browser that consoles open in"},
			{Key: "agents", Value: "default", Default: "default", Help: "what AI agents get"},
		},
		About: agent.Status{
			Version: "v1.2.3", PID: 42, Started: theEnd, Socket: "/run/agent.sock", Config: "/home/ann/.aws/config",
			Log: "/home/ann/log", Backend: "file", Keychain: "/home/ann/keys", Locked: true, Profiles: 3, Keys: 2, Sessions: 2,
		},
	}
}

// sampleMachine has two browsers, and kept profiles of every kind.
func sampleMachine() agent.BrowsersResult {
	return agent.BrowsersResult{
		Found: []agent.Browser{{Name: "chromium", Title: "Chromium", Default: true}, {Name: "firefox", Title: "Firefox\x1b[2J"}},
		Kept: []agent.KeptProfile{
			{Name: testkit.RoleProfile, Browser: "chromium", Used: theEnd.Add(time.Millisecond)},
			{Name: "customer", Browser: "firefox", Used: theEnd, Open: true},
			{Name: "new", Browser: "firefox"},
		},
	}
}

// sampleSnapshot has a row of every kind.
func sampleSnapshot(end time.Time) vaultcore.Snapshot {
	base, role := testkit.BaseProfile, testkit.RoleProfile
	return vaultcore.Snapshot{
		Config: "/home/ann/.aws/config",
		Keys:   []string{base, "orphan"},
		Plain:  []vaultcore.PlainKey{{Profile: "work", File: "~/.aws/credentials", Line: 2}},
		KeptKeys: []vaultcore.KeptKey{{Name: base, AccessKey: vaultcore.AccessKey{
			ID: "AKIA…MPLE", Created: end.Add(-95 * vaultcore.Day), Used: end.Add(-3 * time.Hour), UsedFor: "s3 in eu-west-1",
		}}},
		Rotating: []vaultcore.Rotation{{
			Names: []string{base}, Stage: vaultcore.RotationInactive, Old: "AKIA…MPLE", New: "AKIA…MPLF", Begun: end.Add(-time.Hour), Due: end,
			Stuck: "deleting it needs you: run `vaultbar rotate bastion-system`",
		}},
		Profiles: []vaultcore.ProfileState{
			{
				Name: base, Account: "111111111111", Region: "ap-northeast-1", Key: true, Source: base, MFA: testkit.MFADevice,
				State: vaultcore.StateActive, Expires: end,
				Sessions: []vaultcore.SessionState{{Call: "sts.GetSessionToken", Expires: end}},
			},
			{
				Name: role, Account: "222222222222", Role: "admin", Source: base, State: vaultcore.StateActive,
				Expires: end, Renews: true, Pinned: true, LastUsed: end.Add(-time.Hour),
				Sessions: []vaultcore.SessionState{{Call: "sts.AssumeRole", Expires: end}, {Call: "sts.AssumeRole", Expires: end.Add(-time.Minute)}},
			},
			{Name: "staging", State: vaultcore.StateFailed, Err: "source_profile \"gone\" does not exist\x1b[2J"},
			{Name: "asking", State: vaultcore.StateWaiting, Source: base},
		},
	}
}

func sampleExplanation() vaultcore.Explanation {
	return vaultcore.Explanation{
		Profile: testkit.RoleProfile,
		Title:   "role admin in account 222222222222, region ap-northeast-1",
		Steps: []vaultcore.ExplainedStep{
			{Title: "key of " + testkit.BaseProfile, Detail: "keychain, id AKIA…MPLE"},
			{Title: "session with MFA", Detail: testkit.MFADevice + ", 8 h; cached, ends in 3 h 40 min"},
			{
				Title:   "role admin",
				Detail:  "1 h (capped from 4 h: a role assumed with session credentials lasts 1 h at most); cached, ends in 52 min",
				Reasons: []string{"a role assumed with session credentials lasts 1 h at most", "the source's session is shared"},
			},
		},
		Asks: "asks for nothing until 17:50",
	}
}
