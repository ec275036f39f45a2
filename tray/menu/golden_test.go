package menu

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// now is a Monday, at 16:50:00 somewhere east of Greenwich.
var now = time.Date(2026, 11, 23, 16, 50, 0, 0, time.FixedZone("JST", 9*60*60))

func bastion() vaultcore.ProfileState {
	return vaultcore.ProfileState{
		Name: "bastion", Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/people/ann", Key: true, Source: "bastion", MFA: "arn:aws:iam::111111111111:mfa/ann",
		State: vaultcore.StateNone,
	}
}

func role(name, account, role string) vaultcore.ProfileState {
	return vaultcore.ProfileState{
		Name: name, Account: account, Role: role, ARN: "arn:aws:iam::" + account + ":role/" + role, Source: "bastion", MFA: "arn:aws:iam::111111111111:mfa/ann",
		State: vaultcore.StateNone,
	}
}

func living(p vaultcore.ProfileState, left time.Duration, call string) vaultcore.ProfileState {
	p.State, p.Expires, p.LastUsed = vaultcore.StateActive, now.Add(left), now.Add(-time.Minute)
	p.Sessions = []vaultcore.SessionState{{Call: call, Expires: p.Expires}}
	return p
}

func with(p vaultcore.ProfileState, change func(*vaultcore.ProfileState)) vaultcore.ProfileState {
	change(&p)
	return p
}

var standard = map[string]string{
	"key_age_warn": "90", "open_at_login": "yes", "notify_lead": "10m", "keep_fresh": "in-use", "lock_on_screen_lock": "no", "isolated": "no",
}

func office() vaultcore.Snapshot {
	return vaultcore.Snapshot{
		Profiles: []vaultcore.ProfileState{
			with(living(role("prod-admin", "222222222222", "admin"), 52*time.Minute+20*time.Second, "sts.AssumeRole"),
				func(p *vaultcore.ProfileState) {
					p.Renews, p.Pinned, p.Keep, p.Region, p.Color = true, true, true, "eu-central-1", "red"
				}),
			living(bastion(), 3*time.Hour+40*time.Minute, "sts.GetSessionToken"),
			with(role("staging", "333333333333", "dev"), func(p *vaultcore.ProfileState) { p.LastUsed = now.Add(-5 * time.Hour) }),
		},
		Keys: []string{"bastion"}, Config: "~/.aws/config", Settings: standard,
		KeptKeys: []vaultcore.KeptKey{{Name: "bastion", AccessKey: vaultcore.AccessKey{Created: now.Add(-95 * vaultcore.Day), Used: now.Add(-3 * time.Hour), UsedFor: "s3 in eu-west-1"}}},
	}
}

// many is a config of n profiles, of which a few matter.
func many(n int) vaultcore.Snapshot {
	snap := vaultcore.Snapshot{Keys: []string{"bastion"}, Config: "~/.aws/config", Settings: standard}
	for i := range n {
		p := role(fmt.Sprintf("team-%03d", i), fmt.Sprintf("%012d", i), "dev")
		switch {
		case i%40 == 7:
			p = living(p, time.Duration(i)*time.Second+time.Minute, "sts.AssumeRole")
		case i%40 == 9:
			p.LastUsed = now.Add(-time.Duration(i) * time.Hour)
		case i == 33:
			p.Pinned = true
		}
		snap.Profiles = append(snap.Profiles, p)
	}
	return snap
}

// signsIn is a profile whose role a sign-in gives.
func signsIn(name, account, accountName, in string) vaultcore.ProfileState {
	return vaultcore.ProfileState{
		Name: name, Account: account, AccountName: accountName, Role: "Admin", SignInName: in, State: vaultcore.StateNone,
	}
}

// directory is a config without keys, whose profiles come from two sign-ins.
func directory() vaultcore.Snapshot {
	const start = "https://d-1234567890.awsapps.com/start"
	return vaultcore.Snapshot{
		Profiles: []vaultcore.ProfileState{
			with(living(signsIn("dev", "222222222222", "acme-dev", "corp"), 52*time.Minute+20*time.Second, "sso.GetRoleCredentials"),
				func(p *vaultcore.ProfileState) { p.Renews = true }),
			signsIn("prod", "333333333333", "The account of all production work, Europe", "corp"),
			signsIn("partner", "444444444444", "", start),
		},
		SignIns: []vaultcore.SignInState{
			{
				Name: "corp", Kind: vaultcore.SSOSource, Profiles: 2, Renews: true,
				SignedIn: now.Add(-6*time.Hour - 10*time.Minute), Expires: now.Add(42 * time.Minute), Ends: now.Add(110 * time.Minute),
			},
			{Name: start, Kind: vaultcore.SSOSource, Profiles: 1},
		},
		Config: "~/.aws/config", Settings: standard,
	}
}

// sources is a config without keys, whose profiles start at what their section names.
func sources() vaultcore.Snapshot {
	from := func(name, role string, kind vaultcore.SourceKind) vaultcore.ProfileState {
		return vaultcore.ProfileState{Name: name, Account: "222222222222", Role: role, Source: kind.Title(), State: vaultcore.StateNone}
	}
	return vaultcore.Snapshot{Config: "~/.aws/config", Settings: standard, Profiles: []vaultcore.ProfileState{
		with(living(from("pod", "deploy", vaultcore.WebIdentitySource), 52*time.Minute, "sts.AssumeRoleWithWebIdentity"), func(p *vaultcore.ProfileState) { p.Renews = true }),
		from("machine", "worker", vaultcore.MachineSource),
		from("tool", "", vaultcore.ProcessSource),
	}}
}

// endpoints is a config with a local stack in AWS's place, which one profile asks for all
// and another for its sign-in, too.
func endpoints() vaultcore.Snapshot {
	const stack = "http://127.0.0.1:4566"
	lab := with(living(role("lab", "000000000000", "dev"), 52*time.Minute, "sts.AssumeRole"), func(p *vaultcore.ProfileState) { p.Endpoints = []string{stack} })
	corp := with(signsIn("corp-lab", "222222222222", "", "corp"), func(p *vaultcore.ProfileState) { p.Endpoints = []string{stack, "https://evil.example\n.com"} })
	return vaultcore.Snapshot{Config: "~/.aws/config", Settings: standard, Keys: []string{"bastion"}, Profiles: []vaultcore.ProfileState{lab, corp, bastion()}}
}

// plainKeys is somebody whose keys have only ever been in plain text, in both files.
func plainKeys() vaultcore.Snapshot {
	keyless := func(name, wants string) vaultcore.ProfileState {
		return vaultcore.ProfileState{Name: name, Wants: wants, Region: "eu-central-1", State: vaultcore.StateNone}
	}
	return vaultcore.Snapshot{
		Profiles: []vaultcore.ProfileState{keyless("default", "default"), with(keyless("admin", "default"), func(p *vaultcore.ProfileState) { p.Account, p.Role = "222222222222", "admin" }), keyless("empty", "empty")},
		Plain: []vaultcore.PlainKey{
			{Profile: "default", File: "~/.aws/credentials", Line: 2}, {Profile: "only-there", File: "~/.aws/credentials", Line: 6}, {Profile: "ci", File: "~/.aws/config", Line: 12},
		},
		Config: "~/.aws/config", Settings: standard,
	}
}

// waited is a snapshot whose first sign-in has ended, and which programs wait for.
func waited(s vaultcore.Snapshot) vaultcore.Snapshot {
	in := &s.SignIns[0]
	in.SignedIn, in.Expires, in.Ends, in.Renews, in.Needed = time.Time{}, time.Time{}, time.Time{}, false, 3
	s.SignIns[1].Needed = 1
	s.Profiles[0] = signsIn("dev", "222222222222", "acme-dev", "corp")
	return s
}

// asked is a snapshot in which programs ask to sign in.
func asked(s vaultcore.Snapshot) vaultcore.Snapshot {
	s = waited(s)
	s.SignIns[0].Needed, s.SignIns[1].Needed = 0, 0
	q := vaultcore.SignInApproval("corp", "Sign in to corp?", vaultcore.Choice{ID: "no", Label: "Not now"}, vaultcore.Choice{ID: "yes", Label: "Sign in"})
	for _, profile := range []string{"dev", "prod", "dev"} {
		q.Waiting = append(q.Waiting, vaultcore.Caller{Program: "terraform", Profile: profile})
	}
	s.Profiles[0].State, s.Profiles[1].State = vaultcore.StateWaiting, vaultcore.StateWaiting
	s.Asking = []vaultcore.Question{q}
	return s
}

// manySignIns is a snapshot with more sign-ins than there is room for, in all their stages.
func manySignIns(s vaultcore.Snapshot) vaultcore.Snapshot {
	for i := range 6 {
		s.SignIns = append(s.SignIns, vaultcore.SignInState{Name: fmt.Sprintf("unused-%d", i), Profiles: 1})
	}
	s.SignIns = append(s.SignIns,
		vaultcore.SignInState{Name: "new\u202e", Profiles: 1, SignedIn: now, Renews: true, Expires: now.Add(time.Hour)},
		vaultcore.SignInState{Name: "asleep", Profiles: 20, SignedIn: now.Add(-70 * time.Hour), Renews: true, Expires: now.Add(-time.Hour), Ends: now.Add(20 * time.Hour)},
		vaultcore.SignInState{Name: "by-code", Profiles: 2, SignedIn: now.Add(-5 * time.Minute), Expires: now.Add(8 * time.Hour), Ends: now.Add(8 * time.Hour)},
		vaultcore.SignInState{Name: "by-another-program", Profiles: 2, Expires: now.Add(8 * time.Minute)})
	return s
}

type situation struct {
	name    string
	snap    vaultcore.Snapshot
	options Options
}

func situations() []situation {
	change := func(f func(*vaultcore.Snapshot)) vaultcore.Snapshot { s := office(); f(&s); return s }
	long := strings.Repeat("very-long-name-", 13)
	japanese := strings.Repeat("本番環境の管理者", 25)
	hostile := "a\nb\x1b[31m\u202eevil\u2066<b>&amp;_x\x00"
	keyless := func(p vaultcore.ProfileState, of string) vaultcore.ProfileState {
		p.Source, p.Wants, p.MFA, p.Key = "", of, "", false
		return p
	}
	newcomer := vaultcore.Snapshot{Config: "~/.aws/config", Settings: standard}
	for i := range 17 {
		newcomer.Profiles = append(newcomer.Profiles, keyless(role(fmt.Sprintf("team-%03d", i), fmt.Sprintf("%012d", i), "dev"), "bastion"))
	}
	return []situation{
		{"newcomer", newcomer, Options{Console: true}},
		{"unusable", vaultcore.Snapshot{Config: "~/.aws/config", Settings: standard, Keys: []string{"bastion"}, Profiles: []vaultcore.ProfileState{
			bastion(),
			keyless(role("no-key", "222222222222", "dev"), "root"),
			keyless(vaultcore.ProfileState{Name: "own"}, "own"),
			{Name: "orphan", Account: "444444444444", Role: "x", Err: `the source_profile "nowhere-at-all" does not exist (profile "orphan", ~/.aws/config:21)`},
		}, Faults: []string{`the source_profile "nowhere-at-all" does not exist (profile "orphan", ~/.aws/config:21)`}}, Options{Console: true}},
		{"sources", sources(), Options{Console: true}},
		{"endpoints", endpoints(), Options{Console: true}},
		{"plain-keys", plainKeys(), Options{Console: true}},
		{"served", change(func(s *vaultcore.Snapshot) { s.Served = []vaultcore.ServedState{{Profile: "prod-admin"}} }), Options{}},
		{"served-two", change(func(s *vaultcore.Snapshot) {
			s.Served = []vaultcore.ServedState{{Profile: "prod-admin", Containers: true}, {Profile: "staging"}}
		}), Options{}},
		{"plain-keys-locked", vaultcore.Snapshot{Config: "~/.aws/config", Settings: standard, Locked: true, Plain: plainKeys().Plain[:2]}, Options{}},
		{"protected", change(func(s *vaultcore.Snapshot) {
			for i := range s.Profiles {
				s.Profiles[i].Protected, s.Profiles[i].Typed = i < 2, i == 0
			}
		}), Options{Console: true}},
		{"protected-by", change(func(s *vaultcore.Snapshot) {
			s.Profiles[0].Protected, s.Profiles[0].Typed, s.Profiles[0].ProtectedBy = true, true, "production"
			s.Profiles[1].Protected, s.Profiles[1].ProtectedBy = true, "prod-admin"
		}), Options{}},
		{"proposal", change(func(s *vaultcore.Snapshot) { s.Profiles[0].Propose = true }), Options{}},
		{"proposals", change(func(s *vaultcore.Snapshot) {
			for i := range s.Profiles {
				s.Profiles[i].Propose = true
			}
		}), Options{}},
		{"plain-key", change(func(s *vaultcore.Snapshot) { s.Plain = plainKeys().Plain[:1] }), Options{}},
		{"neighbors", vaultcore.Snapshot{Settings: standard, Profiles: []vaultcore.ProfileState{
			role("customer-name-application-production-eu-central-1-admin", "222222222222", "dev"),
			role("customer-name-application-staging-eu-central-1-admin", "222222222222", "dev"),
			role("customer-name-application-production-eu-central-1-readonly", "222222222222", "dev"),
			role("another-customer-whose-name-is-like-no-other-name-at-all", "222222222222", "dev"),
			living(role("ייצור-מנהל", "222222222222", "dev"), time.Hour, "sts.AssumeRole"),
			role("本番環境-"+strings.Repeat("管理者", 9)+"-東京", "222222222222", "dev"),
			role("本番環境-"+strings.Repeat("管理者", 9)+"-大阪", "222222222222", "dev"),
		}}, Options{}},
		{"fresh", vaultcore.Snapshot{Config: "~/.aws/config", Settings: standard}, Options{}},
		{"office", office(), Options{}},
		{"office-console", office(), Options{Console: true}},
		{"locked", change(func(s *vaultcore.Snapshot) {
			s.Locked = true
			for i := range s.Profiles {
				s.Profiles[i].State, s.Profiles[i].Expires, s.Profiles[i].Sessions = vaultcore.StateNone, time.Time{}, nil
			}
		}), Options{}},
		{"asking", change(func(s *vaultcore.Snapshot) {
			s.Profiles[1] = with(bastion(), func(p *vaultcore.ProfileState) { p.State = vaultcore.StateWaiting })
			s.Asking = []vaultcore.Question{{Kind: vaultcore.AskMFA, Profile: "bastion", Device: "arn:aws:iam::111111111111:mfa/ann"}}
		}), Options{Console: true}},
		{"asking-two", change(func(s *vaultcore.Snapshot) {
			s.Asking = []vaultcore.Question{{Kind: vaultcore.AskMFA, Profile: "bastion"}, {Kind: vaultcore.AskMFA, Profile: "staging"}}
		}), Options{}},
		{"asking-passphrase", change(func(s *vaultcore.Snapshot) {
			s.Locked = true
			s.Asking = []vaultcore.Question{{Kind: vaultcore.AskPassphrase, Device: "/home/ann/.local/share/vaultbar/keychain"}}
		}), Options{}},
		{"asking-approval", change(func(s *vaultcore.Snapshot) {
			s.Asking = []vaultcore.Question{vaultcore.Approval("Set links to yes?", vaultcore.Choice{ID: "no", Label: "No"}, vaultcore.Choice{ID: "yes", Label: "Allow"})}
		}), Options{}},
		{"ending", change(func(s *vaultcore.Snapshot) {
			for i := range 2 {
				s.Profiles[i].State, s.Profiles[i].Expires, s.Profiles[i].Renews = vaultcore.StateEnding, now.Add(8*time.Minute+59*time.Second), false
			}
		}), Options{}},
		{"ending-plain", change(func(s *vaultcore.Snapshot) {
			s.Profiles[1].State, s.Profiles[1].Expires, s.Profiles[1].MFA = vaultcore.StateEnding, now.Add(30*time.Second), ""
		}), Options{}},
		{"failed", change(func(s *vaultcore.Snapshot) {
			s.Profiles[2].State, s.Profiles[2].Err = vaultcore.StateFailed, "AWS refused to assume role dev in 333333333333: not allowed for user ann"
			s.Profiles[0].Sessions, s.Profiles[0].Expires, s.Profiles[0].State = nil, time.Time{}, vaultcore.StateNone
			s.Profiles[0].Err, s.Profiles[0].Source = "no credentials are kept for root, which prod-admin comes from", ""
			s.Faults = []string{"~/.aws/config:12: duration_seconds is not a number"}
		}), Options{}},
		{"faults", change(func(s *vaultcore.Snapshot) { s.Faults = []string{"one", "two"} }), Options{}},
		{"ended", change(func(s *vaultcore.Snapshot) { s.Profiles[0].Expires = now.Add(-time.Hour) }), Options{}},
		{"tomorrow", change(func(s *vaultcore.Snapshot) { s.Profiles[1].Expires = now.Add(20 * time.Hour) }), Options{}},
		{"settings", change(func(s *vaultcore.Snapshot) {
			s.Settings = map[string]string{"open_at_login": "no", "notify_lead": "30m", "keep_fresh": "never", "lock_on_screen_lock": "yes"}
		}), Options{}},
		{"recent", change(func(s *vaultcore.Snapshot) {
			s.Grants = []vaultcore.Grant{
				{ID: 3, Profile: "prod-admin", Of: "credentials", Program: "terraform (in ~/infra)", Begun: now.Add(-2 * time.Minute), Ends: now.Add(58 * time.Minute)},
				{ID: 4, Profile: "prod-admin", Of: "server", Program: "a program", Begun: now.Add(-2 * time.Hour)},
			}
			s.Recent = []vaultcore.Activity{
				{Time: now.Add(-time.Minute), What: "credentials", Profile: "prod-admin", Who: "terraform (in ~/infra)", Grant: 3},
				{Time: now.Add(-2 * time.Minute), What: "credentials", Profile: "prod-admin", Who: "terraform (in ~/infra)", Grant: 3},
				{Time: now.Add(-3 * time.Minute), What: "serve", Profile: "prod-admin", Who: "a program", Grant: 4},
				{Time: now.Add(-4 * time.Minute), What: "credentials", Profile: "prod-admin", Who: "terraform (in ~/infra)", Grant: 2},
				{Time: now.Add(-time.Hour), What: "no credentials", Profile: "gone\x1b", Who: "a program", Failed: true},
				{Time: now.Add(-2 * time.Hour), What: "approval: Send the requests for prod-admin to http://127.0.0.1:4566 in place of AWS?", Profile: "prod-admin", Who: "python3 (in " + strings.Repeat("~/deep", 20) + ")"},
				{Time: now.Add(-20 * time.Hour), What: "lock", Who: "you"},
			}
		}), Options{}},
		{"asking-sign-in", asked(directory()), Options{}},
		{"sign-ins", directory(), Options{}},
		{"sign-in-wanted", waited(directory()), Options{}},
		{"sign-ins-many", manySignIns(directory()), Options{}},
		{"many", many(300), Options{}},
		{"many-chosen", many(300), Options{Chosen: []string{"team-299", "team-100"}}},
		{"twelve-idle", vaultcore.Snapshot{Profiles: many(12).Profiles[:12], Settings: standard}, Options{}},
		{"names", vaultcore.Snapshot{Settings: standard, Profiles: []vaultcore.ProfileState{
			role("thirty-characters-long-name-xx", "222222222222", strings.Repeat("Role", 16)),
			role(long+"east", "222222222222", "dev"), role(long+"west", "222222222222", "dev"),
			living(role(japanese, "222222222222", "管理者"), time.Hour, "sts.AssumeRole"),
			role("🚀 deploy 👩‍💻", "222222222222", "dev"),
			role(hostile, "22\n22", "d\u202eev"), role("\x01", "", ""),
			role("same", "111111111111", "dev"), role("sa\u200bme", "222222222222", "dev"), role("sam\u200be", "222222222222", "dev"),
		}}, Options{}},
	}
}

// text is a menu as text: what is hidden is left out, keys and actions stand
// behind the rows that do something.
func text(m Menu) string {
	var b strings.Builder
	next := "never"
	if !m.Next.IsZero() {
		next = m.Next.Format("15:04:05.000")
	}
	fmt.Fprintf(&b, "icon %s, next change %s\n%s\n\n", m.Icon, next, m.Tooltip)
	write(&b, m.Items, "")
	return b.String()
}

func write(b *strings.Builder, items []Item, indent string) {
	for _, item := range items {
		switch {
		case item.Hidden:
			continue
		case item.Separator:
			fmt.Fprintf(b, "%s─────\n", indent)
			continue
		}
		tick := ""
		if item.Checkbox {
			tick = map[bool]string{true: "[x] ", false: "[ ] "}[item.Checked]
		}
		end := "  (gray)"
		if item.Enabled {
			end = "  → " + strings.Join(strings.Fields(fmt.Sprintf("%s %.60q %s %s", item.Action.Kind, cmp.Or(item.Action.Profile, item.Action.SignIn), item.Action.Setting, item.Action.Value)), " ")
		}
		if item.Children != nil {
			end = "  ▸"
		}
		if item.Beside != Nothing {
			end += "  (" + string(item.Beside) + ")"
		}
		fmt.Fprintf(b, "%s%s%s%s\n", indent, tick, item.Title, end)
		write(b, item.Children, indent+"    ")
	}
}

func TestGolden(t *testing.T) {
	for _, s := range situations() {
		t.Run(s.name, func(t *testing.T) {
			golden.Check(t, s.name+".txt", text(Build(s.snap, now, s.options)))
		})
	}
}
