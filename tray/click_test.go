package tray

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// Every row that is enabled, in every state, becomes exactly one action; every
// other row none.
func TestEveryRowDoesOneThing(t *testing.T) {
	snap := profiles(40)
	snap.Profiles[1].State = vaultcore.StateWaiting
	snap.Profiles[2].State, snap.Profiles[2].Expires = vaultcore.StateEnding, time.Now().Add(1000*24*time.Hour)
	snap.SignIns = []vaultcore.SignInState{{Name: "corp", Renews: true, SignedIn: time.Now()}, {Name: "acme", Needed: 2}, {Name: "idle"}}
	locked := snap
	locked.Locked = true
	asking := snap
	asking.Asking = []vaultcore.Question{{Kind: vaultcore.AskMFA, Profile: "team-001"}}
	helpless := profiles(40)
	for i := range helpless.Profiles {
		p := &helpless.Profiles[i]
		p.Account, p.Source = "222222222222", ""
		if i%2 == 0 {
			p.Wants = "root"
		} else {
			p.Err = "the config file has a mistake"
		}
	}
	helpless.Faults = []string{"one"}
	for name, snap := range map[string]vaultcore.Snapshot{"fresh": {}, "open": snap, "locked": locked, "asking": asking, "helpless": helpless} {
		t.Run(name, func(t *testing.T) {
			try(t, snap, func(w *world) {
				for i := range w.snap.Profiles {
					if !w.snap.Profiles[i].Expires.IsZero() {
						w.snap.Profiles[i].Expires = time.Now().Add(time.Hour)
					}
				}
			}, func(t *testing.T, b *bench) {
				var rows []row
				var of *menu.Item // the first of the menu that rows are
				for number := range b.rows {
					if first := &b.shown.Items[0]; first != of {
						rows, of = flatten(b.shown.Items), first
					}
					drawn := rows[number]
					row := drawn.item
					if row.Separator || row.Children != nil {
						continue
					}
					b.clicked(number)
					var want []string
					if row.Enabled && drawn.seen {
						want = []string{words(row.Action)}
					}
					if got := b.said(); !slices.Equal(got, want) {
						t.Errorf("%s (%q) did %q, not %q", row.Key, row.Title, got, want)
					}
					pass(time.Second)
				}
			})
		})
	}
}

func TestClickOnARowThatJustBecameAnother(t *testing.T) {
	try(t, profiles(3), nil, func(t *testing.T, b *bench) {
		b.world.change(func(s *vaultcore.Snapshot) { s.Profiles[2].Pinned = true })
		pass(100 * time.Millisecond)
		row, _ := b.get("profile.0.terminal")
		if row.Action.Profile != "team-002" {
			t.Fatalf("the first row is of %s", row.Action.Profile)
		}
		b.click("profile.0.terminal")
		if got := b.said(); got != nil {
			t.Errorf("meant for team-000, it did %q", got)
		}
		pass(clickDelay)
		b.click("profile.0.terminal")
		if got := b.said(); !slices.Equal(got, []string{"terminal team-002"}) {
			t.Errorf("it did %q", got)
		}
	})
}

// Until a menu has been drawn, a person may see the rows of before.
func TestClickWhileTheMenuIsDrawn(t *testing.T) {
	try(t, profiles(3), nil, func(t *testing.T, b *bench) {
		_, number := b.get("profile.0.terminal")
		b.slow = 2 * clickDelay
		b.world.change(func(s *vaultcore.Snapshot) { s.Profiles[2].Pinned = true })
		time.Sleep(clickDelay + 100*time.Millisecond)
		b.clicked(number)
		pass(time.Minute)
		if got := b.said(); got != nil {
			t.Errorf("meant for team-000, it did %q", got)
		}
	})
}

// A row that appears pushes others down: who aims at one hits its neighbor.
func TestClickOnARowThatJustMoved(t *testing.T) {
	try(t, profiles(3), nil, func(t *testing.T, b *bench) {
		b.world.change(func(s *vaultcore.Snapshot) { s.Locked = true })
		pass(100 * time.Millisecond)
		b.click("quit")
		if got := b.said(); got != nil {
			t.Errorf("meant for the row above, it did %q", got)
		}
	})
}

func TestCountdownDoesNotHoldUpClicks(t *testing.T) {
	try(t, profiles(3), nil, func(t *testing.T, b *bench) {
		b.world.change(lives(0, time.Hour+time.Second))
		pass(time.Second + 100*time.Millisecond)
		if row, _ := b.get("profile.0"); !strings.Contains(row.Title, "59 min") {
			t.Fatalf("it is %q", row.Title)
		}
		b.click("profile.0.session")
		if got := b.said(); !slices.Equal(got, []string{"renew team-000"}) {
			t.Errorf("it did %q", got)
		}
	})
}

func TestSameActionIsNotBegunTwice(t *testing.T) {
	try(t, profiles(3), func(w *world) { w.hold = make(chan struct{}) }, func(t *testing.T, b *bench) {
		for range 3 {
			b.click("add")
			b.click("profile.1.session")
		}
		got := b.said()
		slices.Sort(got)
		if !slices.Equal(got, []string{"add", "start team-001"}) {
			t.Errorf("it did %q", got)
		}
		close(b.world.hold)
		synctest.Wait()
		b.click("add")
		if got := b.said(); !slices.Equal(got, []string{"add"}) {
			t.Errorf("afterwards it did %q", got)
		}
	})
}
