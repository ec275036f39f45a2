package tray

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/tray/icon"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// lateAfter is how old a menu may be whose rows are clicked, so that the promise
// about clicks holds.
const lateAfter = 300 * time.Millisecond

// settled is a moment that every row has outlived its first click's ban.
const settled = clickDelay + 100*time.Millisecond

// start runs an app and a host until the menu is there.
func start(t testing.TB, snap vaultcore.Snapshot) (*app, itemOnBus) {
	t.Helper()
	b := startBus(t)
	h := newHost(t, b)
	h.open()
	a := startApp(t, b.address)
	a.knows(snap)
	i := h.item()
	i.listen()
	return a, i
}

// expected is what the menu should say, as text has it.
func expected(items []menu.Item, indent string) string {
	var b strings.Builder
	for _, item := range items {
		if !item.Hidden && !item.Separator {
			b.WriteString(indent + item.Title + "\n" + expected(item.Children, indent+"    "))
		}
	}
	return b.String()
}

func TestMenuOnTheBus(t *testing.T) {
	snap := profiles(40)
	snap.Profiles[3].Name = "under_score & <b>markup</b> 本番"
	snap.Profiles[3].Pinned = true
	snap.Profiles[4].State, snap.Profiles[4].Expires = vaultcore.StateActive, time.Now().Add(20*time.Hour)
	a, i := start(t, snap)
	object := i.menu()
	got := i.until("the whole menu", object, func(lines []line) bool {
		return text(lines, "") == expected(menu.Build(snap, time.Now(), menu.Options{Console: true}).Items, "")
	})
	if i.property("Id") != "Vaultbar" || i.property("Title") != "Vaultbar" || i.property("ItemIsMenu") != true {
		t.Errorf("the icon is %v, %v", i.property("Id"), i.property("Title"))
	}
	if tip := i.property("ToolTip").([]any)[2]; !strings.HasPrefix(tip.(string), "Vaultbar: 1 session, ") {
		t.Errorf("the tooltip is %q", tip)
	}
	i.shows(icon.Active)
	pinned := got[0].children
	if pin, ok := find(pinned, "Pin to the top"); !ok || !pin.ticked || !pin.enabled {
		t.Errorf("the pin is %+v", pin)
	}
	if end, ok := find(pinned, "End session"); !ok || end.enabled {
		t.Errorf("there is no session to end, and the row is %+v", end)
	}
	if rest := a.end(); !slices.Equal(rest, []string{"ended <nil>", "over"}) {
		t.Errorf("the app said %q", rest)
	}
}

func TestClicksOnTheBus(t *testing.T) {
	a, i := start(t, profiles(2))
	object := i.menu()
	ready := func(lines []line) bool { row, _ := find(lines, "○ team-001"); return whole(row) }
	rows := i.until("the profile", object, ready)
	profile, _ := find(rows, "○ team-001")
	session, _ := find(profile.children, "Start session")
	waitSettled()
	i.click(object, session.id)
	a.says("call start team-001")
	snap := profiles(2)
	snap.Profiles[1].State, snap.Profiles[1].Expires = vaultcore.StateActive, time.Now().Add(time.Hour+30*time.Second)
	a.knows(snap)
	rows = i.until("the time left", object, func(lines []line) bool { _, ok := find(lines, "● team-001   1 h"); return ok })
	quit, _ := find(rows, "Quit")
	waitSettled()
	i.click(object, quit.id)
	a.says("call quit")
	i.click(object, 1<<30) // a row that never was
	a.end()
}

// whole says whether the submenu of a profile has its last row but one.
func whole(row line) bool {
	_, ok := find(row.children, "Pin to the top")
	return ok
}

// waitSettled lets the time pass in which a row is not obeyed: the tray's own
// clock runs in another process.
func waitSettled() { <-time.After(settled) }

func TestIconComesAndGoesWithItsHost(t *testing.T) {
	b := startBus(t)
	h := newHost(t, b)
	a := startApp(t, b.address)
	a.knows(profiles(2))
	h.listen()
	waitSettled() // so that the app finds no host, most times; both ways must work
	for range 3 {
		h.open()
		i := h.item()
		object := i.menu()
		// A host must know every row that has a submenu before it hears of the
		// rows in it.
		first, _ := find(i.layout(object), "○ team-001")
		if !first.submenu || len(first.children) > 0 {
			t.Errorf("a new host meets %+v", first)
		}
		i.until("the submenus", object, func(lines []line) bool {
			row, _ := find(lines, "○ team-001")
			return row.id == first.id && whole(row)
		})
		h.close()
		i.until("the menu for the next host", object, func(lines []line) bool {
			row, _ := find(lines, "○ team-001")
			return row.id != first.id && row.submenu && len(row.children) == 0
		})
	}
	if rest := a.end(); !slices.Equal(rest, []string{"ended <nil>", "over"}) {
		t.Errorf("the app said %q", rest)
	}
}

// Plasma asks for the rows of a submenu only as it opens, unless it is told that
// they have changed: then it places the submenu with its rows in it.
func TestSubmenusAreAnnouncedAsTheMenuOpens(t *testing.T) {
	a, i := start(t, profiles(2))
	object := i.menu()
	rows := i.until("the submenus", object, func(lines []line) bool { row, _ := find(lines, "○ team-001"); return whole(row) })
	wanted := make(map[int32]bool)
	for _, row := range rows {
		if row.submenu {
			wanted[row.id] = true
		}
	}
	if err := object.Call(menuFace+".Event", 0, int32(0), "opened", dbus.MakeVariant(""), uint32(0)).Err; err != nil {
		t.Fatal(err)
	}
	for deadline := time.After(longEnough); len(wanted) > 0; {
		select {
		case signal := <-i.signals:
			if signal.Name == rowsAsked {
				delete(wanted, signal.Body[1].(int32))
			}
		case <-deadline:
			t.Fatalf("the submenus %v were not announced", wanted)
		}
	}
	a.end()
}

func TestNoBus(t *testing.T) {
	for _, address := range []string{"disabled:", "unix:path=/nonexistent/bus", "nonsense"} {
		a := startApp(t, address)
		a.says("ended no tray: ")
		if rest := a.end(); !slices.Equal(rest, []string{"over"}) {
			t.Errorf("with %q the app said %q", address, rest)
		}
	}
}

func TestBusGoesAway(t *testing.T) {
	b := startBus(t)
	h := newHost(t, b)
	h.open()
	a := startApp(t, b.address)
	a.knows(profiles(2))
	i := h.item()
	i.layout(i.menu())
	b.end()
	a.says("ended the tray is gone")
	a.knows(profiles(3))
	if rest := a.end(); !slices.Equal(rest, []string{"over"}) {
		t.Errorf("the app said %q", rest)
	}
	if n := strings.Count(a.stderr.String(), "library:"); n > 1 {
		t.Errorf("the library complained %d times:\n%s", n, a.stderr)
	}
}

// TestMessagesOfAChange holds how many messages a host gets, each of which costs it, the bus
// and the app something: a tray sends three for each thing that it is told of a row.
func TestMessagesOfAChange(t *testing.T) {
	snap := profiles(3)
	a, i := start(t, snap)
	if err := i.conn.AddMatchSignal(dbus.WithMatchSender(i.name)); err != nil {
		t.Fatal(err)
	}
	sent := make(chan *dbus.Signal, 10000)
	i.conn.Signal(sent)
	object := i.menu()
	holds := func(what string, most int) {
		t.Helper()
		i.until(what, object, func(lines []line) bool {
			return text(lines, "") == expected(menu.Build(snap, time.Now(), menu.Options{Console: true}).Items, "")
		})
		n := len(sent)
		for range n {
			<-sent
		}
		t.Logf("%s: %d messages", what, n)
		if n > most {
			t.Errorf("%s: %d messages, and not %d at most", what, n, most)
		}
	}
	holds("the menu of a host that has come", 330)
	lives(1, time.Hour+30*time.Second)(&snap)
	a.knows(snap)
	holds("a session", 70)
	snap.Profiles[1].Expires = snap.Profiles[1].Expires.Add(-2 * time.Minute)
	a.knows(snap)
	holds("less time left", 12)
	used := func(by string) vaultcore.Activity {
		return vaultcore.Activity{Time: time.Now(), What: "credentials", Profile: "team-001", Who: by}
	}
	for _, program := range []string{"aws", "terraform", "git", "make", "go", "node", "python3", "ssh", "packer", "helm"} {
		snap.Recent = append(snap.Recent, used(program))
	}
	a.knows(snap)
	holds("the first activity", 85)
	snap.Recent = append([]vaultcore.Activity{used("kubectl")}, snap.Recent...)
	a.knows(snap)
	holds("more activity", 35)
	snap.Locked = true
	a.knows(snap)
	holds("a lock", 220)
	snap.Locked = false
	a.knows(snap)
	holds("its end", 220)
	a.end()
}

// meant are the calls that a click on a row may become, by what the row says.
var meant = map[string]string{
	"Start session": "start ", "Renew now": "renew ", "Open terminal": "terminal ", "Copy as environment variables": "copy ",
	"Copy as export lines for a shell": "copy ", "End session": "end ", "Keep fresh": "set ", "Pin to the top": "set ",
	"Remove key…": "remove ", "Answer…": "answer",
}

// TestClicksWhileEverythingChanges clicks at random, as fast as it can, while
// sessions come and go: the app must not crash, nor do anything to a profile
// that was not clicked.
func TestClicksWhileEverythingChanges(t *testing.T) {
	testenv.Time(t)
	a, i := start(t, profiles(500))
	a.order("churn 500")
	object := i.menu()
	i.until("the submenus", object, func(lines []line) bool {
		row, _ := find(lines, "Settings")
		return len(row.children) > 0
	})
	random := rand.New(rand.NewPCG(5, 6))
	wanted, late := make(map[string]int), 0
	length := 6 * time.Second
	for stop := time.Now().Add(length); time.Now().Before(stop); {
		before := time.Now()
		rows := i.layout(object)
		for range 5 {
			id, call := pick(random, rows)
			if id == 0 {
				continue
			}
			wanted[call]++
			i.click(object, id)
		}
		if time.Since(before) > lateAfter {
			late += 5 // the menu that was clicked was an old one: no promise holds
		}
		for len(i.signals) > 0 {
			<-i.signals
		}
	}
	done := 0
	for _, said := range a.end() {
		call, ok := strings.CutPrefix(said, "call ")
		if !ok {
			continue
		}
		done++
		if call = short(call); wanted[call] == 0 {
			if late--; late < 0 {
				t.Errorf("%q was done, and never clicked", call)
			}
			continue
		}
		wanted[call]--
	}
	if done == 0 {
		t.Error("no click was obeyed")
	}
	t.Logf("%d calls; %d clicks came late", done, late)
}

// pick takes a row at random, and says which call a click on it may become. It
// returns 0 for a row that does no work on a profile.
func pick(random *rand.Rand, rows []line) (id int32, call string) {
	row := rows[random.IntN(len(rows))]
	if len(row.children) == 0 {
		return 0, ""
	}
	child := row.children[random.IntN(len(row.children))]
	if !child.enabled {
		return 0, ""
	}
	if row.label == "All profiles" && strings.Contains(child.label, "team-") {
		return child.id, "choose " + strings.Fields(child.label)[1]
	}
	word, ok := meant[child.label]
	if !ok {
		return 0, ""
	}
	if word == "answer" {
		return child.id, word
	}
	return child.id, word + strings.Fields(row.label)[1]
}

// short leaves of a call its verb and its profile.
func short(call string) string {
	fields := strings.Fields(call)
	return strings.Join(fields[:min(2, len(fields))], " ")
}

// From a change to the new menu on the bus, with 100 profiles, it takes at most
// 50 ms.
func BenchmarkChangeToBus(b *testing.B) {
	snap := profiles(100)
	a, i := start(b, snap)
	object := i.menu()
	i.until("the menu", object, func(lines []line) bool { return len(lines) > 4 })
	states := []vaultcore.State{vaultcore.StateActive, vaultcore.StateFailed}
	var took []time.Duration
	for b.Loop() {
		for n := range 40 {
			<-time.After(2 * gap)
			for len(i.signals) > 0 {
				<-i.signals
			}
			snap.Profiles[7].State, snap.Profiles[7].Expires = states[n%2], time.Now().Add(time.Hour)
			begun := time.Now()
			a.knows(snap)
			<-i.signals
			took = append(took, time.Since(begun))
		}
	}
	slices.Sort(took)
	typical := took[len(took)/2]
	b.ReportMetric(float64(typical.Microseconds())/1e3, "ms/change")
	b.ReportMetric(0, "ns/op")
	if typical > 50*time.Millisecond {
		b.Errorf("it takes %s", typical)
	}
	a.end()
}
