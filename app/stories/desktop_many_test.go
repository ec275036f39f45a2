//go:build linux

package stories_test

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

const (
	manyProfiles = 500
	restless     = 12          // of them have sessions that come and go
	pace         = time.Second // between two changes
	clickPace    = 250 * time.Millisecond
)

// restlessTime is how long the menu is clicked.
func restlessTime() time.Duration { return short(2*time.Minute, 15*time.Second) }

func numbered(i int) string { return fmt.Sprintf("team-%03d", i) }

// With 500 profiles, sessions that come and go, and a menu that is open all the
// while, each click does what its row said.
func TestDesktopManyProfiles(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	if !testenv.Long() { // the race detector has all night
		d.asShipped()
	}
	config := "[profile " + plain + "]\nregion = eu-central-1\n"
	bob := d.aws.Account.User("bob").ARN()
	for i := range manyProfiles {
		role := d.aws.Account.Role(numbered(i), awstest.Trust{Principals: []string{bob}})
		config += fmt.Sprintf("[profile %s]\nrole_arn = %s\nsource_profile = %s\n", numbered(i), role.ARN(), plain)
	}
	d.writeConfig(config)
	d.add(plain, d.spare)
	app := d.app()
	d.row("All profiles", "○ "+numbered(2*restless))
	d.openMenu()
	d.aws.Server.ResetCalls()
	over, done := make(chan struct{}), make(chan int, 1)
	go func() { done <- d.comeAndGo(over) }()
	clicks := clicks{desktop: d, named: make(map[string]bool)}
	before := slices.Max(clicks.around(restlessTime() / 2))
	after := slices.Min(clicks.around(restlessTime() / 2)) // Go gives memory back now and then
	for begun := time.Now(); len(d.obeyed()) < 5 && time.Since(begun) < patience; {
		clicks.around(time.Second) // a slow machine
	}
	close(over)
	changes := wait.For(t, "the changes end", done)
	d.screen.Screenshot("story-5-open-menu")
	d.closeMenu()

	obeyed := d.obeyed()
	for name := range obeyed {
		if !clicks.named[name] {
			if clicks.late--; clicks.late < 0 {
				t.Errorf("nobody clicked %s, and it has a session", name)
			}
		}
	}
	t.Logf("%d profiles clicked, %d obeyed, %d changes, up to %d KiB before half time and %d at least after it", len(clicks.named), len(obeyed), changes, before, after)
	if len(obeyed) < 5 || changes < 3 {
		t.Error("hardly a click did anything, or hardly anything changed")
	}
	if after > before*5/4 {
		t.Errorf("the app grew from %d to %d KiB", before, after)
	}
	if !app.alive() || d.dialogs() != 0 {
		t.Errorf("the app lives: %t; %d dialogs are open", app.alive(), d.dialogs())
	}
}

// obeyed are the profiles that have a session because somebody clicked them.
func (d *desktop) obeyed() map[string]bool {
	all := make(map[string]bool)
	for _, call := range d.aws.Server.Calls() {
		if name := path.Base(call.Params["RoleArn"]); call.Action == "AssumeRole" && name >= numbered(restless) {
			all[name] = true
		}
	}
	return all
}

// comeAndGo starts and ends sessions until it is over, and returns how many.
func (d *desktop) comeAndGo(over <-chan struct{}) int {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for n := 0; ; n++ {
		verb := []string{"export", "clear"}[n%2]
		if got := d.run(verb, numbered(n/2%restless)); got.code != 0 {
			d.Errorf("%s: exit code %d\n%s", verb, got.code, got.stderr)
		}
		select {
		case <-tick.C:
		case <-over:
			return n + 1
		}
	}
}

// clicks are what a person clicked.
type clicks struct {
	*desktop
	named map[string]bool // the profiles that the rows named when they were read
	late  int             // so many rows had become others long before: no promise holds
}

// lateAfter is how long after it was read a row is clicked late: well before the app
// takes a click on a row that has become another for one that is meant.
const lateAfter = 300 * time.Millisecond

// around clicks rows at random for a while. Some change between being read and being
// clicked. It returns what the app took at each moment, in KiB.
func (d *clicks) around(length time.Duration) (resident []int) {
	d.Helper()
	app := d.app()
	random := rand.New(rand.NewPCG(1, 2))
	next := time.NewTicker(clickPace)
	defer next.Stop()
	for over := time.After(length); ; {
		resident = append(resident, app.status("VmRSS"))
		select {
		case <-over:
			return resident
		case <-next.C:
		}
		read := time.Now()
		rows := d.menu()
		if all, ok := find(rows, "All profiles"); ok && random.IntN(4) > 0 {
			rows = all.children
		}
		row := rows[random.IntN(len(rows))]
		_, name, _ := strings.Cut(row.label, " ")
		name, _, _ = strings.Cut(name, " ")
		if !strings.HasPrefix(name, "team-") {
			continue
		}
		if start, ok := find(row.children, "Start session"); ok {
			row = start
		}
		d.named[name] = true
		d.clickRow(row)
		if time.Since(read) > lateAfter {
			d.late++
		}
	}
}
