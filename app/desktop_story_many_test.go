//go:build linux

package app_test

import (
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
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
	d := newDesk(t, desktoptest.Panel)
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
	clicked := make(map[string]bool)
	d.clickAround(clicked, restlessTime()/2)
	before := app.status("VmRSS")
	d.clickAround(clicked, restlessTime()/2)
	close(over)
	changes := <-done
	d.screen.Screenshot("story-5-open-menu")
	d.closeMenu()

	obeyed := make(map[string]bool)
	for _, call := range d.aws.Server.Calls() {
		name := path.Base(call.Params["RoleArn"])
		if call.Action != "AssumeRole" || name < numbered(restless) {
			continue
		}
		obeyed[name] = true
		if !clicked[name] {
			t.Errorf("nobody clicked %s, and it has a session", name)
		}
	}
	after := app.status("VmRSS")
	t.Logf("%d profiles clicked, %d obeyed, %d changes, %d KiB at half time and %d at the end", len(clicked), len(obeyed), changes, before, after)
	if len(obeyed) < 5 || changes < int(restlessTime()/pace)/3 {
		t.Error("hardly a click did anything, or hardly anything changed")
	}
	if after > before*5/4 {
		t.Errorf("the app grew from %d to %d KiB", before, after)
	}
	if !app.alive() || d.dialogs() != 0 {
		t.Errorf("the app lives: %t; %d dialogs are open", app.alive(), d.dialogs())
	}
}

// comeAndGo starts and ends sessions until it is over, and returns how many.
func (d *desk) comeAndGo(over <-chan struct{}) int {
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

// clickAround clicks rows at random for a while, and adds the profiles that they
// named when they were read. Some change between being read and being clicked.
func (d *desk) clickAround(clicked map[string]bool, length time.Duration) {
	d.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	next := time.NewTicker(clickPace)
	defer next.Stop()
	for over := time.After(length); ; {
		select {
		case <-over:
			return
		case <-next.C:
		}
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
		clicked[name] = true
		d.clickRow(row)
	}
}
