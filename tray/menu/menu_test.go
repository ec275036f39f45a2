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

func checkRow(t *testing.T, situation string, item Item) {
	t.Helper()
	if item.Title == "" {
		t.Errorf("%s: %s is shown and empty", situation, item.Key)
	}
	if n := utf8.RuneCountInString(item.Title); n > 90 {
		t.Errorf("%s: %s has %d characters: %s", situation, item.Key, n, item.Title)
	}
	for _, r := range item.Title {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Errorf("%s: %s shows %U", situation, item.Key, r)
		}
	}
	does := item.Action.Kind != None || item.Children != nil
	if item.Enabled && !does {
		t.Errorf("%s: %s is enabled and does nothing", situation, item.Key)
	}
}

func TestRowsOfOneNameDiffer(t *testing.T) {
	var snap vaultcore.Snapshot
	for i := range 9 {
		// Nine names that all look like "same", in three accounts.
		snap.Profiles = append(snap.Profiles, role("same"+strings.Repeat("\u200b", i), fmt.Sprint(i%3), "dev"))
	}
	seen := make(map[string]string)
	for _, item := range Build(snap, now, Options{}).Items[1:10] {
		profile := item.Children[5].Action.Profile
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
	for range 300 {
		snap := office()
		snap.Profiles[0].Expires = now.Add(time.Duration(random.Int64N(int64(3 * time.Hour))))
		snap.Profiles[1].Expires = now.Add(time.Duration(random.Int64N(int64(3*time.Minute))) + 1)
		m := Build(snap, now, Options{})
		if m.Next.IsZero() || !m.Next.After(now) {
			t.Fatalf("next change is %v", m.Next)
		}
		before := Build(snap, m.Next.Add(-2*time.Millisecond), Options{})
		if m.Next.Sub(now) > 2*time.Millisecond && golden(withNext(before, m.Next)) != golden(m) {
			t.Fatalf("it changes before %v", m.Next)
		}
		if after := Build(snap, m.Next, Options{}); golden(withNext(after, m.Next)) == golden(m) {
			t.Fatalf("nothing changes at %v:\n%s", m.Next, golden(m))
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
			t.Errorf("%s is not on the top level:\n%s", choice.Profile, golden(m))
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
			if !item.Hidden && !item.Separator {
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
