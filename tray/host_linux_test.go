package tray

import (
	"bufio"
	"fmt"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/tray/icon"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

const longEnough = 60 * time.Second // for what happens at once on a machine that has time

// bus is a private session bus.
type bus struct {
	address string
	end     func()
}

func startBus(t testing.TB) bus {
	t.Helper()
	testenv.Program(t, "dbus-daemon", "dbus")
	daemon := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=1")
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	end := sync.OnceFunc(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
	t.Cleanup(end)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return bus{strings.TrimSpace(address), end}
}

// host is a tray host: what a desktop's panel is to the tray.
type host struct {
	t          testing.TB
	conn       *dbus.Conn
	registered chan string // the bus names of items
	signals    chan *dbus.Signal
}

// RegisterStatusNotifierItem is called over the bus by each item.
func (h *host) RegisterStatusNotifierItem(_ string, sender dbus.Sender) *dbus.Error {
	h.registered <- string(sender)
	return nil
}

func newHost(t testing.TB, b bus) *host {
	t.Helper()
	conn, err := dbus.Connect(b.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	h := &host{t: t, conn: conn, registered: make(chan string, 100), signals: make(chan *dbus.Signal, 10000)}
	if err := conn.Export(h, "/StatusNotifierWatcher", watcher); err != nil {
		t.Fatal(err)
	}
	return h
}

// open makes the host known; close hides it, as a panel that ends.
func (h *host) open() {
	h.t.Helper()
	if reply, err := h.conn.RequestName(watcher, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		h.t.Fatal(reply, err)
	}
}

func (h *host) close() {
	h.t.Helper()
	if _, err := h.conn.ReleaseName(watcher); err != nil {
		h.t.Fatal(err)
	}
}

// item waits for an item.
func (h *host) item() itemOnBus {
	h.t.Helper()
	select {
	case name := <-h.registered:
		return itemOnBus{h, name}
	case <-time.After(longEnough):
		h.t.Fatal("no icon came")
		return itemOnBus{}
	}
}

// itemOnBus is an icon in the tray.
type itemOnBus struct {
	*host
	name string
}

func (i itemOnBus) property(name string) any {
	i.t.Helper()
	v, err := i.conn.Object(i.name, itemPath).GetProperty("org.kde.StatusNotifierItem." + name)
	if err != nil {
		i.t.Fatal(err)
	}
	return v.Value()
}

// shows waits until the icon has its picture in every size, to the pixel.
func (i itemOnBus) shows(s icon.State) {
	i.t.Helper()
	type picture struct {
		Width, Height int32
		ARGB          []byte
	}
	var want []picture
	for _, size := range icon.TraySizes() {
		p := picture{Width: int32(size), Height: int32(size)}
		for rgba := range slices.Chunk(icon.Image(s, size).Pix, 4) {
			p.ARGB = append(p.ARGB, rgba[3], rgba[0], rgba[1], rgba[2])
		}
		want = append(want, p)
	}
	for deadline := time.Now().Add(longEnough); ; {
		var got []picture
		v, err := i.conn.Object(i.name, itemPath).GetProperty("org.kde.StatusNotifierItem.IconPixmap")
		if err == nil {
			err = v.Store(&got)
		}
		if err != nil {
			i.t.Fatal(err)
		}
		if reflect.DeepEqual(got, want) {
			return
		}
		if time.Now().After(deadline) {
			i.t.Fatalf("the icon is not %s", s)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func (i itemOnBus) menu() dbus.BusObject {
	return i.conn.Object(i.name, i.property("Menu").(dbus.ObjectPath))
}

// line is a row of the menu as the host knows it.
type line struct {
	id       int32
	label    string
	enabled  bool
	ticked   bool
	submenu  bool // it opens one, be it empty
	children []line
}

// layout reads the rows that are not hidden.
func (i itemOnBus) layout(menu dbus.BusObject) []line {
	i.t.Helper()
	var revision uint32
	var root struct {
		ID       int32
		Props    map[string]dbus.Variant
		Children []dbus.Variant
	}
	if err := menu.Call(menuFace+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
		i.t.Fatal(err)
	}
	return lines(root.Children)
}

func lines(children []dbus.Variant) []line {
	var out []line
	for _, child := range children {
		fields := child.Value().([]any)
		props := fields[1].(map[string]dbus.Variant)
		if visible, ok := props["visible"]; ok && visible.Value() == false || props["type"].Value() == "separator" {
			continue
		}
		l := line{id: fields[0].(int32), children: lines(fields[2].([]dbus.Variant))}
		l.label, _ = props["label"].Value().(string)
		l.enabled, _ = props["enabled"].Value().(bool)
		state, _ := props["toggle-state"].Value().(int32)
		l.ticked = state == 1
		l.submenu = props["children-display"].Value() == "submenu"
		out = append(out, l)
	}
	return out
}

// text is the rows as text, with the library's doubled underscores undone.
func text(lines []line, indent string) string {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s%s\n%s", indent, strings.ReplaceAll(l.label, "__", "_"), text(l.children, indent+"    "))
	}
	return b.String()
}

func (i itemOnBus) click(menu dbus.BusObject, id int32) {
	i.t.Helper()
	if err := menu.Call(menuFace+".Event", 0, id, "clicked", dbus.MakeVariant(""), uint32(0)).Err; err != nil {
		i.t.Fatal(err)
	}
}

// until reads the menu until it is as wanted: again after each change, but once for all
// changes that came meanwhile, of which an update has one for each row.
func (i itemOnBus) until(what string, menu dbus.BusObject, wanted func([]line) bool) []line {
	i.t.Helper()
	deadline := time.After(longEnough)
	for {
		for len(i.signals) > 0 {
			<-i.signals
		}
		got := i.layout(menu)
		if wanted(got) {
			return got
		}
		select {
		case <-i.signals:
		case <-deadline:
			i.t.Fatalf("%s did not come:\n%s", what, text(got, ""))
		}
	}
}

// listen has the menu's changes sent to the host.
func (h *host) listen() {
	h.t.Helper()
	if err := h.conn.AddMatchSignal(dbus.WithMatchInterface(menuFace)); err != nil {
		h.t.Fatal(err)
	}
	h.conn.Signal(h.signals)
}

func find(lines []line, label string) (line, bool) {
	for _, l := range lines {
		if l.label == label {
			return l, true
		}
	}
	return line{}, false
}
