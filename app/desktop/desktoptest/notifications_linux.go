package desktoptest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// Notification is one that a program asked the daemon to show.
type Notification struct {
	ID       uint32
	App      string
	Replaces uint32
	Title    string
	Body     string
	Actions  []string // keys and labels in turn
	Hints    map[string]dbus.Variant
	Timeout  int32
	Closed   bool // it is gone from the screen
}

// Label is the words on the button of an action.
func (n Notification) Label(key string) string {
	for i := 0; i+1 < len(n.Actions); i += 2 {
		if n.Actions[i] == key {
			return n.Actions[i+1]
		}
	}
	return ""
}

// recorder listens to the bus and notes what is said to the daemon and by it.
type recorder struct {
	mu    sync.Mutex              // guards what follows
	calls map[string]Notification // by sender and serial: no answer yet
	shown []Notification
}

const notifications = "org.freedesktop.Notifications"

// startNotifications starts the daemon, and a record of what it is told. A click
// on a notification invokes its default action; the daemon's menu of actions is
// answered by a script that takes the line that [Session.Press] wants.
func (s *Session) startNotifications() {
	s.t.Helper()
	s.check(os.WriteFile(s.path("pick"), []byte("#!/bin/sh\ngrep -F -m1 -- \"$(cat '"+s.path("wanted")+"')\"\n"), 0o700))
	s.check(os.WriteFile(s.path("dunstrc"), []byte(strings.ReplaceAll(dunstConfig, "PICK", s.path("pick"))), 0o600))
	s.startRecorder()
	s.Notifications = s.service("dunst", func() *exec.Cmd { return exec.Command("dunst", "-config", s.path("dunstrc")) }, func() {
		s.AwaitName(notifications)
	})
}

const dunstConfig = `[global]
    origin = bottom-right
    offset = 20x20
    width = 360
    notification_limit = 10
    font = DejaVu Sans 10
    markup = full
    format = "<b>%s</b>\n%b"
    show_indicators = yes
    sticky_history = yes
    dmenu = PICK
    mouse_left_click = do_action, close_current
    mouse_right_click = close_current
[urgency_low]
    timeout = 20
[urgency_normal]
    timeout = 20
[urgency_critical]
    timeout = 0
`

// buttonsService says how the daemon starts that draws the buttons of notifications.
var buttonsService = filepath.Join(busServices, "org.xfce.xfce4-notifyd.Notifications.service")

// needButtons skips the test where that daemon is not installed.
func needButtons(t testing.TB) {
	t.Helper()
	testenv.That(t, exists(buttonsService), "xfce4-notifyd (Debian's package of that name)")
}

// startButtons starts that daemon, and a record of what it is told.
func (s *Session) startButtons() {
	s.t.Helper()
	text, err := os.ReadFile(buttonsService)
	s.check(err)
	_, rest, _ := strings.Cut(string(text), "\nExec=")
	program, _, _ := strings.Cut(rest, "\n")
	s.startRecorder()
	s.Notifications = s.service("notifyd", func() *exec.Cmd { return exec.Command(strings.TrimSpace(program)) }, func() {
		s.AwaitName(notifications)
	})
}

// startRecorder turns a connection of its own into a monitor of the bus. The
// connection ends with the bus: closing it would race with what it takes down.
func (s *Session) startRecorder() {
	s.t.Helper()
	conn, err := dbus.Connect(s.Bus)
	s.check(err)
	messages := make(chan *dbus.Message, 4096)
	rules := []string{"interface='" + notifications + "'", "type='method_return',sender='" + notifications + "'"}
	s.check(conn.BusObject().Call("org.freedesktop.DBus.Monitoring.BecomeMonitor", 0, rules, uint32(0)).Err)
	conn.Eavesdrop(messages)
	s.record = &recorder{calls: make(map[string]Notification)}
	go func() {
		for {
			select {
			case message, ok := <-messages:
				if !ok {
					return
				}
				s.record.note(message)
			case <-conn.Context().Done():
				return
			}
		}
	}()
}

// note takes down a call to the daemon, its answer, or a signal of it.
func (r *recorder) note(m *dbus.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	member, _ := m.Headers[dbus.FieldMember].Value().(string)
	switch {
	case m.Type == dbus.TypeMethodCall && member == "Notify":
		var n Notification
		var icon string
		if err := dbus.Store(m.Body, &n.App, &n.Replaces, &icon, &n.Title, &n.Body, &n.Actions, &n.Hints, &n.Timeout); err == nil {
			sender, _ := m.Headers[dbus.FieldSender].Value().(string)
			r.calls[call(sender, m.Serial())] = n
		}
	case m.Type == dbus.TypeMethodReply:
		receiver, _ := m.Headers[dbus.FieldDestination].Value().(string)
		serial, _ := m.Headers[dbus.FieldReplySerial].Value().(uint32)
		if n, ok := r.calls[call(receiver, serial)]; ok && len(m.Body) == 1 {
			n.ID, _ = m.Body[0].(uint32)
			delete(r.calls, call(receiver, serial))
			r.shown = append(r.shown, n)
		}
	case m.Type == dbus.TypeSignal && member == "NotificationClosed" && len(m.Body) == 2:
		for i := range r.shown {
			if r.shown[i].ID == m.Body[0] {
				r.shown[i].Closed = true
			}
		}
	}
}

func call(peer string, serial uint32) string {
	return peer + " " + strconv.FormatUint(uint64(serial), 10)
}

// Notified lists the notifications so far, the first first.
func (s *Session) Notified() []Notification {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return append([]Notification(nil), s.record.shown...)
}

// Notification waits for one whose title has this in it.
func (s *Session) Notification(title string) Notification {
	s.t.Helper()
	var found Notification
	s.Eventually("a notification "+title, func() bool {
		for _, n := range s.Notified() {
			if strings.Contains(n.Title, title) {
				found = n
				return true
			}
		}
		return false
	})
	return found
}

// Press presses a button of a notification, through the daemon's own menu.
func (s *Session) Press(n Notification, key string) {
	s.t.Helper()
	s.check(os.WriteFile(s.path("wanted"), []byte("#"+n.Label(key)), 0o600))
	s.check(s.conn.Object(notifications, "/org/freedesktop/Notifications").Call("org.dunstproject.cmd0.ContextMenuCall", 0).Err)
}

// CloseNotification closes the newest notification, as a person does who has
// read it.
func (s *Session) CloseNotification() {
	s.t.Helper()
	s.check(s.conn.Object(notifications, "/org/freedesktop/Notifications").Call("org.dunstproject.cmd0.NotificationCloseLast", 0).Err)
}

// ClickNotification clicks the newest notification with the mouse.
func (s *Session) ClickNotification() {
	s.t.Helper()
	out := s.xdotool("search", "--sync", "--onlyvisible", "--class", "Dunst")
	ids := strings.Fields(out)
	if len(ids) == 0 {
		s.t.Fatal("no notification is on the screen")
	}
	s.xdotool("mousemove", "--sync", "--window", ids[len(ids)-1], "40", "25", "click", "1")
}
