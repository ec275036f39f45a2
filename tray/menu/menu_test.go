package menu

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// shape is what a tray makes once and cannot change later.
func shape(items []Item, depth int) string {
	var b strings.Builder
	for _, item := range items {
		fmt.Fprintf(&b, "%d %s %t %t\n", depth, item.Key, item.Separator, item.Checkbox)
		b.WriteString(shape(item.Children, depth+1))
	}
	return b.String()
}

func walk(items []Item, depth int, visit func(Item, int)) {
	for _, item := range items {
		visit(item, depth)
		walk(item.Children, depth+1, visit)
	}
}

func TestShapeNeverChanges(t *testing.T) {
	for _, console := range []bool{false, true} {
		want := shape(Starting(Options{Console: console}).Items, 0)
		if got := shape(Failing(Options{Console: console}).Items, 0); got != want {
			t.Errorf("the failing menu has another shape:\n%s", got)
		}
		for _, s := range situations() {
			s.options.Console = console
			if got := shape(Build(s.snap, now, s.options).Items, 0); got != want {
				t.Errorf("%s has another shape:\n%s\nwant\n%s", s.name, got, want)
			}
		}
	}
}

// What must hold of every menu, in every situation.
func TestEveryRow(t *testing.T) {
	for _, s := range situations() {
		m := Build(s.snap, now, s.options)
		seen := make(map[string]bool)
		walk(m.Items, 0, func(item Item, depth int) {
			if hidden := item.Hidden || below(m, item.Key); hidden && item.Title != "" {
				t.Errorf("%s: %s is hidden and says %q", s.name, item.Key, item.Title)
			} else if hidden {
				return
			}
			if item.Key == "" || seen[item.Key] {
				t.Errorf("%s: key %q is empty or there twice", s.name, item.Key)
			}
			seen[item.Key] = true
			if depth > 1 {
				t.Errorf("%s: %s is on a third level", s.name, item.Key)
			}
			if item.Hidden || item.Separator {
				return
			}
			checkRow(t, s.name, item)
		})
		for _, secret := range []string{"arn:", "111111111111", "222222222222", "333333333333"} {
			if strings.Contains(m.Tooltip, secret) {
				t.Errorf("%s: the tooltip says %q", s.name, m.Tooltip)
			}
		}
	}
}

// below says whether a row hangs from one that is hidden.
func below(m Menu, key string) bool {
	for _, item := range m.Items {
		if item.Hidden && strings.HasPrefix(key, item.Key+".") {
			return true
		}
	}
	return false
}

func checkRow(t *testing.T, situation string, item Item) {
	t.Helper()
	if item.Title == "" {
		t.Errorf("%s: %s is shown and empty", situation, item.Key)
	}
	if n := utf8.RuneCountInString(item.Title); n > 90 {
		t.Errorf("%s: %s has %d characters: %s", situation, item.Key, n, item.Title)
	}
	if marks := strings.Count(item.Title, isolate); marks != strings.Count(item.Title, endIsolate) {
		t.Errorf("%s: %s turns the direction %d times and not back as often", situation, item.Key, marks)
	}
	if marks := strings.Count(item.Title, leftFirst); marks > 1 || marks > 0 != strings.HasPrefix(item.Title, leftFirst) {
		t.Errorf("%s: %s runs from left to right %d times", situation, item.Key, marks)
	}
	for _, r := range strings.NewReplacer(isolate, "", endIsolate, "", leftFirst, "").Replace(item.Title) {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Errorf("%s: %s shows %U", situation, item.Key, r)
		}
	}
	does := item.Action.Kind != None || item.Children != nil
	if item.Enabled && !does {
		t.Errorf("%s: %s is enabled and does nothing", situation, item.Key)
	}
}

// TestRightToLeft holds that a name that is written from right to left moves nothing else
// in its row: sign, name and time, or account and its name, follow each other as
// they do in every other row.
func TestRightToLeft(t *testing.T) {
	const hebrew, arabic = "ייצור-מנהל", "إنتاج"
	mark, from, to := "\u200e", "\u2068", "\u2069"
	for _, name := range []string{hebrew, arabic, "prod " + hebrew} {
		p := living(role(name, "222222222222", "dev"), time.Hour, "sts.AssumeRole")
		p.AccountName = name
		asleep := role(name+" 2", "222222222222", name)
		asleep.Wants, asleep.Source = name+" 3", ""
		m := Build(vaultcore.Snapshot{Settings: standard, Profiles: []vaultcore.ProfileState{p, asleep}}, now, Options{})
		for key, want := range map[string]string{
			"profile.0":         mark + "● " + from + name + to + "   1 h",
			"profile.0.account": mark + "Account 222222222222 (" + from + name + to + ")",
			"profile.1.how":     mark + "No key is stored for " + from + name + " 3" + to,
			"profile.1.who":     mark + "Role " + from + name + to,
		} {
			if item := m.Find(key); item == nil || item.Title != want {
				t.Errorf("%s is %+v, not %+q", key, item, want)
			}
		}
	}
}

func TestRowsOfOneNameDiffer(t *testing.T) {
	var snap vaultcore.Snapshot
	for i := range 9 {
		// Nine names that all look like "same", in three accounts.
		snap.Profiles = append(snap.Profiles, role("same"+strings.Repeat("\u200b", i), fmt.Sprint(i%3), "dev"))
	}
	seen := make(map[string]string)
	m := Build(snap, now, Options{})
	for i := range snap.Profiles {
		item := m.Find(fmt.Sprintf("profile.%d", i))
		profile := item.Children[6].Action.Profile // Start session
		if other, ok := seen[item.Title]; ok {
			t.Errorf("%q and %q are both shown as %q", other, profile, item.Title)
		}
		seen[item.Title] = profile
	}
}

// The menu says when it will differ, and not a moment too late or too early:
// between now and then nothing changes, and just after it something does.
func TestNextChange(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	within := func(d time.Duration) time.Duration { return time.Duration(random.Int64N(int64(d))) + 1 }
	cases := 600
	if testing.Short() {
		cases = 120
	}
	for i := range cases {
		snap := office()
		snap.Profiles[0].Expires = now.Add(within(3 * time.Hour))
		snap.Profiles[1].Expires = now.Add(within(3 * time.Minute))
		if i >= cases/2 {
			snap = directory()
			snap.Profiles[0] = signsIn("dev", "222222222222", "", "corp")
			in := &snap.SignIns[0]
			in.SignedIn, in.Expires, in.Ends = now.Add(-within(100*time.Hour)), now.Add(within(8*time.Hour)), now.Add(within(8*time.Hour))
			in.Renews = i%2 == 0
		}
		m := Build(snap, now, Options{})
		if m.Next.IsZero() || !m.Next.After(now) {
			t.Fatalf("next change is %v", m.Next)
		}
		before := Build(snap, m.Next.Add(-2*time.Millisecond), Options{})
		if m.Next.Sub(now) > 2*time.Millisecond && text(withNext(before, m.Next)) != text(m) {
			t.Fatalf("it changes before %v", m.Next)
		}
		if after := Build(snap, m.Next, Options{}); text(withNext(after, m.Next)) == text(m) {
			t.Fatalf("nothing changes at %v:\n%s", m.Next, text(m))
		}
	}
	snap := office()
	for i := range snap.Profiles {
		snap.Profiles[i].State = vaultcore.StateNone
	}
	if m := Build(snap, now, Options{}); !m.Next.IsZero() {
		t.Errorf("nothing counts down, yet the next change is %v", m.Next)
	}
}

func withNext(m Menu, next time.Time) Menu { m.Next = next; return m }

// Whatever is there already, a profile that was chosen is on the top level.
func TestChosenComesToTheTop(t *testing.T) {
	pinned := many(300)
	for i := range maxTop + 1 {
		pinned.Profiles[i].Pinned = true
	}
	for _, snap := range []vaultcore.Snapshot{many(300), pinned} {
		m := Build(snap, now, Options{})
		choice := m.Find("all.3").Action
		if choice.Kind != Choose {
			t.Fatalf("all.3 does %+v", choice)
		}
		m = Build(snap, now, Options{Chosen: []string{choice.Profile, "team-200"}})
		if !onTop(m, choice.Profile) {
			t.Errorf("%s is not on the top level:\n%s", choice.Profile, text(m))
		}
	}
}

func onTop(m Menu, profile string) bool {
	for i := range maxTop {
		if m.Find(fmt.Sprintf("profile.%d.session", i)).Action.Profile == profile {
			return true
		}
	}
	return false
}

// Every profile is on the top level or below "All profiles", once; or counted
// among those to be found.
func TestNobodyIsLost(t *testing.T) {
	for _, n := range []int{0, 1, 9, 10, 11, 35, 36, 500} {
		snap := many(n)
		m := Build(snap, now, Options{})
		count := make(map[string]int)
		for i := range maxTop {
			if row := m.Find(fmt.Sprintf("profile.%d", i)); !row.Hidden {
				count[m.Find(row.Key+".session").Action.Profile]++
			}
		}
		for i := range maxAll {
			if row := m.Find(fmt.Sprintf("all.%d", i)); !row.Hidden {
				count[row.Action.Profile]++
			}
		}
		for name, times := range count {
			if times != 1 {
				t.Errorf("of %d: %s is there %d times", n, name, times)
			}
		}
		lost := n - len(count)
		if more := m.Find("all.more"); lost > 0 && (more.Hidden || !strings.HasPrefix(more.Title, fmt.Sprint(lost, " more"))) {
			t.Errorf("of %d: %d are not shown, and the menu says %q", n, lost, more.Title)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("prod", "prod\x00", "111111111111")
	f.Add(strings.Repeat("長", 200), "👩‍💻", "\u202e")
	f.Fuzz(func(t *testing.T, one, two, account string) {
		if one == two {
			return
		}
		snap := vaultcore.Snapshot{Profiles: []vaultcore.ProfileState{role(one, account, one), role(two, account, two)}}
		m := Build(snap, now, Options{})
		walk(m.Items, 0, func(item Item, _ int) {
			if !item.Hidden && !item.Separator && !below(m, item.Key) {
				checkRow(t, "fuzz", item)
			}
		})
		if a, b := m.Find("profile.0"), m.Find("profile.1"); a.Title == b.Title {
			t.Errorf("%q and %q are both shown as %q", one, two, a.Title)
		}
	})
}

// Building the menu of 1,000 profiles takes at most a millisecond.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		snap := many(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				for range 100 {
					begun := time.Now()
					Build(snap, now, Options{Console: true})
					took = append(took, time.Since(begun))
				}
			}
			slices.Sort(took)
			typical := took[len(took)/2]
			b.ReportMetric(float64(typical.Microseconds()), "µs/menu")
			if typical > time.Millisecond {
				b.Errorf("it takes %s", typical)
			}
		})
	}
}

// A setting that the system cannot keep is not offered.
func TestOnlySettingsThatThereAre(t *testing.T) {
	snap := office()
	if Build(snap, now, Options{}).Find("settings.screen").Hidden {
		t.Error("the lock of the screen is not offered")
	}
	snap.Settings = map[string]string{"open_at_login": "no"}
	if !Build(snap, now, Options{}).Find("settings.screen").Hidden {
		t.Error("the lock of the screen is offered where nobody tells of it")
	}
}

// Whatever there is, the top level is full; and what can be used comes before
// what cannot.
func TestTenPlacesAreFilled(t *testing.T) {
	snap := many(40)
	for i := range snap.Profiles {
		p := &snap.Profiles[i]
		*p = role(p.Name, p.Account, p.Role)
		if i < 35 {
			p.Source, p.Wants = "", "nowhere"
		}
	}
	m := Build(snap, now, Options{})
	for i := range maxTop {
		row := m.Find(fmt.Sprintf("profile.%d", i))
		if row.Hidden || strings.HasPrefix(row.Title, "○") != (i < 5) {
			t.Errorf("place %d shows %q", i, row.Title)
		}
	}
}

// What tells two names apart is shown, also where both are too long.
func TestWhatTellsNamesApartIsShown(t *testing.T) {
	for _, words := range [][2]string{{"production", "staging"}, {"eu-west-1", "eu-west-2"}, {"本番", "検証"}} {
		for _, around := range [][2]string{
			{"customer-name-application-", "-eu-central-1-administrator"},
			{"", "-" + strings.Repeat("very-long-name-", 9)},
			{strings.Repeat("very-long-name-", 9), ""},
			{strings.Repeat("x", 200) + "-", "-" + strings.Repeat("y", 200)},
		} {
			var snap vaultcore.Snapshot
			for _, word := range words {
				snap.Profiles = append(snap.Profiles, role(around[0]+word+around[1], "222222222222", "dev"))
			}
			m := Build(snap, now, Options{})
			for i := range words {
				row := m.Find(fmt.Sprintf("profile.%d", i))
				name := m.Find(row.Key + ".session").Action.Profile
				word := strings.TrimSuffix(strings.TrimPrefix(name, around[0]), around[1])
				if !strings.Contains(row.Title, word) || columns(row.Title) > maxName+2 {
					t.Errorf("%s is shown as %q, without %q or too wide", name, row.Title, word)
				}
			}
		}
	}
}

// The row that adds a key is there as long as there is none that a profile could
// use, and then there is no second one.
func TestNoKeysIsSaid(t *testing.T) {
	keyless := with(role("dev", "222222222222", "dev"), func(p *vaultcore.ProfileState) { p.Source, p.Wants = "", "root" })
	signIn := signsIn("sso", "222222222222", "", "corp")
	for _, c := range []struct {
		profiles []vaultcore.ProfileState
		keys     []string
		said     bool
	}{
		{nil, nil, true},
		{nil, []string{"work"}, false},
		{[]vaultcore.ProfileState{keyless}, nil, true},
		{[]vaultcore.ProfileState{keyless}, []string{"other"}, true},
		{[]vaultcore.ProfileState{keyless, bastion()}, []string{"bastion"}, false},
		{[]vaultcore.ProfileState{signIn}, nil, false},
		{[]vaultcore.ProfileState{signIn, keyless}, nil, false},
	} {
		m := Build(vaultcore.Snapshot{Profiles: c.profiles, Keys: c.keys}, now, Options{})
		if said := m.Find("attention").Action.Kind == Add; said != c.said || m.Find("add").Hidden != said {
			t.Errorf("with %d profiles and keys %q it is said: %t; the other row is hidden: %t", len(c.profiles), c.keys, said, m.Find("add").Hidden)
		}
	}
}

func TestActions(t *testing.T) {
	titles := func(snap vaultcore.Snapshot, profile string) (all []string) {
		for _, item := range Actions(snap, now, Options{Console: true}, profile) {
			all = append(all, item.Title)
		}
		return all
	}
	got := titles(office(), "prod-admin")
	want := []string{
		"Open console", "Open console in its own window", "Open console at…", "Open console at… in its own window", "Open terminal", "Renew now",
		"Copy as environment variables", "Copy as export lines for a shell", "Copy the account id", "Copy the ARN", "Explain where its credentials come from",
		"Region eu-central-1…", "Window color red…", "End session",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	snap := office()
	snap.Profiles[2].Source, snap.Profiles[2].Wants = "", "root"
	if got := titles(snap, "staging"); got[0] != "Add a key…" {
		t.Errorf("without a key: %q", got)
	}
	if got := titles(office(), "gone"); got != nil {
		t.Errorf("of a profile that is not there: %q", got)
	}
}
