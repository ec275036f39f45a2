package tray

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/tray/icon"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// bench is a bar on a screen in memory, in a bubble of time.
type bench struct {
	*screen
	world *world
	log   bytes.Buffer

	mu    sync.Mutex
	calls []string
}

// said returns the calls so far, and forgets them.
func (b *bench) said() []string {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	calls := b.calls
	b.calls = nil
	return calls
}

// pass lets time pass, and everything happen that then does.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// try runs a test of a bar that has settled.
func try(t *testing.T, snap vaultcore.Snapshot, prepare func(*world), test func(*testing.T, *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{screen: &screen{}}
		b.world = &world{snap: snap, say: func(call string) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.calls = append(b.calls, call)
		}}
		if prepare != nil {
			prepare(b.world)
		}
		ctx, stop := context.WithCancel(t.Context())
		bar := newBar(Options{Vault: b.world, Do: b.world.Do, Log: slog.New(slog.NewTextHandler(&b.log, nil))})
		bar.begin(b.screen)
		ended := make(chan struct{})
		go func() {
			bar.run(ctx)
			close(ended)
		}()
		pass(time.Second)
		test(t, b)
		stop()
		<-ended
		synctest.Wait()
	})
}

func profiles(n int) vaultcore.Snapshot {
	snap := vaultcore.Snapshot{Keys: []string{"team-000"}}
	for i := range n {
		snap.Profiles = append(snap.Profiles, vaultcore.ProfileState{
			Name: fmt.Sprintf("team-%03d", i), Account: fmt.Sprintf("%012d", i), Source: "team-000", State: vaultcore.StateNone, Key: i == 0,
		})
	}
	return snap
}

// lives makes profile i active for that long.
func lives(i int, left time.Duration) func(*vaultcore.Snapshot) {
	return func(s *vaultcore.Snapshot) {
		s.Profiles[i].State, s.Profiles[i].Expires = vaultcore.StateActive, time.Now().Add(left)
	}
}

func TestDrawsChangesInPlace(t *testing.T) {
	try(t, profiles(3), nil, func(t *testing.T, b *bench) {
		if row, _ := b.get("profile.1"); row.Title != "○ team-001" || row.Hidden {
			t.Fatalf("the row is %+v", row)
		}
		b.touches()
		b.world.change(lives(1, 90*time.Minute))
		pass(time.Second)
		if row, _ := b.get("profile.0"); row.Title != "● team-001   1 h 29 min" {
			t.Errorf("the row is %q", row.Title)
		}
		if b.shown.Icon != menu.IconActive || b.built != 1 {
			t.Errorf("icon %s, built %d times", b.shown.Icon, b.built)
		}
		if n := b.touches(); n == 0 || n > 40 {
			t.Errorf("one change touched %d rows", n)
		}
		pass(time.Minute)
		if row, _ := b.get("profile.0"); row.Title != "● team-001   1 h 28 min" {
			t.Errorf("a minute later the row is %q", row.Title)
		}
		if n := b.touches(); n > 3 {
			t.Errorf("a minute touched %d rows", n)
		}
	})
}

func TestStartsBeforeAnythingIsKnown(t *testing.T) {
	try(t, profiles(3), func(w *world) { w.slow = 10 * time.Second }, func(t *testing.T, b *bench) {
		if row, _ := b.get("attention"); row.Hidden {
			t.Errorf("the first row is %+v", row)
		} else {
			golden.Message(t, "starting", row.Title)
		}
		b.click("quit")
		if got := b.said(); !slices.Equal(got, []string{"quit"}) {
			t.Errorf("quit did %q", got)
		}
		pass(10 * time.Second)
		if row, _ := b.get("profile.0"); row.Hidden {
			t.Error("the profiles do not come")
		}
		if row, _ := b.get("attention"); !row.Hidden {
			t.Error("it still starts")
		}
	})
}

// looked lets time pass and counts the looks at what is known.
func (b *bench) looked(d time.Duration) int {
	before := b.world.count()
	pass(d)
	return b.world.count() - before
}

func TestWakesOnlyForWhatCountsDown(t *testing.T) {
	try(t, profiles(20), nil, func(t *testing.T, b *bench) {
		if n := b.looked(24 * time.Hour); n != 0 {
			t.Errorf("nothing counts down, and it looked %d times in a day", n)
		}
		b.world.change(lives(0, time.Hour))
		if n := b.looked(30 * time.Minute); n < 30 || n > 32 {
			t.Errorf("with one session it looked %d times in 30 min", n)
		}
		for i := range 9 {
			b.world.change(lives(i, time.Hour+time.Duration(i)*7*time.Second))
		}
		if n := b.looked(10 * time.Minute); n < 18 || n > 23 {
			t.Errorf("with sessions out of step it looked %d times in 10 min", n)
		}
		if n := b.looked(2*time.Hour) + b.looked(time.Hour); n > 150 {
			t.Errorf("it looked %d times until all had ended", n)
		}
		if n := b.looked(time.Hour); n != 0 {
			t.Errorf("all have ended, and it looked %d times in an hour", n)
		}
	})
}

func TestManyChangesAreFewLooks(t *testing.T) {
	try(t, profiles(20), nil, func(t *testing.T, b *bench) {
		before := b.world.count()
		for range 1000 {
			b.world.change(func(*vaultcore.Snapshot) {})
			pass(time.Millisecond)
		}
		pass(time.Second)
		if n := b.world.count() - before; n > 60 {
			t.Errorf("1000 changes in a second are looked at %d times", n)
		}
	})
}

func TestFoundAndChosenComeToTheTop(t *testing.T) {
	try(t, profiles(60), func(w *world) { w.found = "team-055" }, func(t *testing.T, b *bench) {
		b.click("find")
		if got := b.said(); !slices.Equal(got, []string{"find"}) {
			t.Errorf("find did %q", got)
		}
		pass(time.Second)
		row, _ := b.get("all.3")
		b.click("all.3")
		if got := b.said(); !slices.Equal(got, []string{"choose " + row.Action.Profile}) {
			t.Errorf("choosing %s did %q", row.Action.Profile, got)
		}
		one, _ := b.get("profile.0")
		two, _ := b.get("profile.1")
		if one.Title != "○ "+row.Action.Profile || two.Title != "○ team-055" {
			t.Errorf("on top are %q and %q", one.Title, two.Title)
		}
	})
}

func TestBlindForAWhile(t *testing.T) {
	blind := errors.New("the keychain does not answer")
	try(t, profiles(3), nil, func(t *testing.T, b *bench) {
		b.world.change(func(*vaultcore.Snapshot) { b.world.blind = blind })
		pass(10 * time.Minute)
		b.world.change(func(*vaultcore.Snapshot) {})
		synctest.Wait()
		if row, _ := b.get("profile.0"); row.Hidden || row.Title != "○ team-000" {
			t.Errorf("what was known is gone: %+v", row)
		}
		b.world.mu.Lock()
		b.world.blind = nil
		b.world.snap.Profiles[0].State = vaultcore.StateFailed
		b.world.mu.Unlock()
		pass(again + time.Second)
		if row, _ := b.get("profile.0"); row.Title != "✕ team-000   failed" {
			t.Errorf("it does not see again: %q", row.Title)
		}
		if n := strings.Count(b.log.String(), "level=WARN"); n != 1 {
			t.Errorf("the log has %d warnings:\n%s", n, b.log.String())
		}
	})
	try(t, profiles(3), func(w *world) { w.blind = blind }, func(t *testing.T, b *bench) {
		if row, _ := b.get("attention"); row.Hidden {
			t.Errorf("the first row is %+v", row)
		} else {
			golden.Message(t, "blind", row.Title)
		}
	})
}

// A vault that is locked tells nothing: the menu goes on from what was known.
func TestLockedVaultTellsNothing(t *testing.T) {
	try(t, profiles(3), nil, func(t *testing.T, b *bench) {
		b.world.change(lives(1, time.Hour))
		pass(time.Second)
		b.world.change(func(*vaultcore.Snapshot) { b.world.blind = fmt.Errorf("snapshot: %w", vaultcore.ErrLocked) })
		pass(time.Second)
		if b.shown.Icon != menu.IconLocked {
			t.Errorf("the icon is %s", b.shown.Icon)
		}
		if row, _ := b.get("profile.1"); row.Title != "○ team-001" || row.Hidden {
			t.Errorf("the profile is %+v", row)
		}
		b.click("attention")
		if got := b.said(); !slices.Equal(got, []string{"unlock"}) {
			t.Errorf("the first row did %q", got)
		}
		if b.log.Len() != 0 {
			t.Errorf("it complains:\n%s", b.log.String())
		}
		if n := b.looked(24 * time.Hour); n != 0 {
			t.Errorf("it looked %d times in a day", n)
		}
	})
	try(t, profiles(3), func(w *world) { w.blind = vaultcore.ErrLocked }, func(t *testing.T, b *bench) {
		if row, _ := b.get("attention"); row.Action.Kind != menu.Unlock || row.Hidden {
			t.Errorf("the first row is %+v", row)
		}
	})
}

func TestWatchingIsTakenUpAgain(t *testing.T) {
	try(t, profiles(3), func(w *world) { w.deaf = errors.New("cut off") }, func(t *testing.T, b *bench) {
		pass(10 * time.Minute)
		b.world.mu.Lock()
		b.world.deaf = nil
		b.world.mu.Unlock()
		pass(time.Minute)
		b.world.change(lives(0, time.Hour))
		pass(time.Second)
		if row, _ := b.get("profile.0"); !strings.HasPrefix(row.Title, "● team-000") {
			t.Errorf("it still does not follow: %q", row.Title)
		}
		if n := strings.Count(b.log.String(), "level=WARN"); n != 1 {
			t.Errorf("the log has %d warnings:\n%s", n, b.log.String())
		}
	})
}

// Each state that a menu asks for is one that can be drawn.
func TestEveryIconIsDrawn(t *testing.T) {
	for _, want := range []menu.Icon{menu.IconIdle, menu.IconActive, menu.IconEnding, menu.IconAsking, menu.IconLocked} {
		if !slices.Contains(icon.States(), icon.State(want)) {
			t.Errorf("nothing draws %q", want)
		}
	}
}

// TestSubmenusComeAfterTheirHost holds that a host meets the top level first,
// and that the rows are made anew only while there is none.
func TestSubmenusComeAfterTheirHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		world := &world{snap: profiles(3), say: func(string) {}}
		bar, drawn, hosts := newBar(Options{Vault: world, Do: world.Do}), &screen{}, make(chan bool)
		bar.hosts = hosts
		bar.begin(drawn)
		ended := make(chan struct{})
		go func() {
			bar.run(ctx)
			close(ended)
		}()
		want := func(when string, whole bool, built int) {
			t.Helper()
			synctest.Wait()
			drawn.mu.Lock()
			defer drawn.mu.Unlock()
			has := slices.ContainsFunc(drawn.rows, func(row menu.Item) bool { return row.Key == "profile.1.pin" })
			if has != whole || drawn.built != built {
				t.Errorf("%s: whole %t, made %d times", when, has, drawn.built)
			}
		}
		pass(time.Hour)
		want("without a host", false, 1)
		hosts <- true
		pass(rise / 2)
		want("a host has come", false, 1)
		pass(rise)
		want("it has settled", true, 1)
		hosts <- false
		want("it has gone", false, 2)
		hosts <- true
		pass(rise / 2)
		hosts <- false // it goes before it has settled
		pass(2 * rise)
		want("one came and went", false, 2)
		hosts <- true
		pass(2 * rise)
		want("one more has come", true, 2)
		if row, _ := drawn.get("profile.1.pin"); row.Title != "Pin to the top" {
			t.Errorf("the submenu has %+v", row)
		}
		stop()
		<-ended
	})
}

// That no tray shows the icon is told once, and only after the time that a panel
// may need to come.
func TestNoTrayIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		notices := 0
		world := &world{snap: profiles(3), say: func(string) {}}
		bar, hosts := newBar(Options{Vault: world, Do: world.Do, Hostless: func() { notices++ }}), make(chan bool)
		bar.hosts = hosts
		bar.begin(&screen{})
		ended := make(chan struct{})
		go func() {
			bar.run(ctx)
			close(ended)
		}()
		for _, step := range []struct {
			here    bool
			notices int
		}{{true, 0}, {false, 1}, {true, 1}, {false, 1}} {
			hosts <- false
			pass(hostless / 2)
			hosts <- step.here
			pass(2 * hostless)
			if notices != step.notices {
				t.Errorf("with a host %t it was told %d times", step.here, notices)
			}
		}
		stop()
		<-ended
	})
}
