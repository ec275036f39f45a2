package notify_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// chosen hands on what the person pressed.
func chosen(to chan<- string) func(string) { return func(action string) { to <- action } }

func pressed(t *testing.T, from <-chan string) string {
	t.Helper()
	select {
	case action := <-from:
		return action
	case <-time.After(desktoptest.Patience):
		t.Fatal("nobody heard of the button")
		return ""
	}
}

// picture is a PNG of the size of an icon.
func picture(t *testing.T) []byte {
	t.Helper()
	var raw bytes.Buffer
	if err := png.Encode(&raw, image.NewNRGBA(image.Rect(0, 0, 48, 48))); err != nil {
		t.Fatal(err)
	}
	return raw.Bytes()
}

func newNotifier(t *testing.T) *notify.Notifier {
	n := notify.New()
	t.Cleanup(n.Close)
	return n
}

func TestNotificationWithButtons(t *testing.T) {
	s := desktoptest.Enter(t, desktoptest.Notifications)
	n := newNotifier(t)
	n.Icon = picture(t)
	actions := make(chan string, 1)
	notice := notify.EndsSoon("bastion & <b>co</b>", 10*time.Minute, 3, true)
	for range 3 { // it is shown once
		if err := n.Notify(t.Context(), notice, chosen(actions)); err != nil {
			t.Fatal(err)
		}
	}
	got := s.Notification("bastion")
	s.Screenshot("notification-ends-soon")
	if got.App != "Vaultbar" || got.Body != "3 profiles use it." || got.Label("renew") != "Renew" || got.Label("later") != "Not now" || got.Label("default") != "" {
		t.Errorf("got %+v", got)
	}
	if i := slices.Index(got.Actions, "default"); i != 0 { // a click does something, and is no button
		t.Errorf("the actions are %q", got.Actions)
	}
	if picture, ok := got.Hints["image-data"].Value().([]any); !ok || picture[0] != int32(48) || len(picture[6].([]byte)) != 48*48*4 {
		t.Errorf("there is no picture in %v", got.Hints)
	}
	s.Press(got, "later")
	if action := pressed(t, actions); action != notify.ActionLater {
		t.Errorf("pressed %q", action)
	}
	if all := s.Notified(); len(all) != 1 {
		t.Errorf("%d notifications: %+v", len(all), all)
	}
}

func TestNotificationIsClicked(t *testing.T) {
	s := desktoptest.Enter(t, desktoptest.Notifications)
	n := newNotifier(t)
	actions := make(chan string, 1)
	if err := n.Notify(t.Context(), notify.Waits("terraform", vaultcore.AskMFA), chosen(actions)); err != nil {
		t.Fatal(err)
	}
	s.Notification("terraform waits")
	s.Screenshot("notification-waits")
	s.ClickNotification()
	if action := pressed(t, actions); action != notify.ActionAnswer {
		t.Errorf("a click is %q", action)
	}
}

// TestNotificationOnce holds that a notice comes back only after its cause was
// over, and takes its own place when its words change.
func TestNotificationOnce(t *testing.T) {
	s := desktoptest.Enter(t, desktoptest.Notifications)
	n := newNotifier(t)
	show := func(left time.Duration) {
		t.Helper()
		if err := n.Notify(t.Context(), notify.EndsSoon("bastion", left, 0, true), nil); err != nil {
			t.Fatal(err)
		}
	}
	show(10 * time.Minute)
	first := s.Notification("in 10 min")
	show(5 * time.Minute)
	if second := s.Notification("in 5 min"); second.Replaces != first.ID || second.ID != first.ID {
		t.Errorf("the second is %d in place of %d, the first was %d", second.ID, second.Replaces, first.ID)
	}
	newest := func() (n desktoptest.Notification, count int) { all := s.Notified(); return all[len(all)-1], len(all) }
	s.Eventually("the notifier knows that the notification was closed", func() bool {
		s.CloseNotification()
		s.Eventually("the notification is closed", func() bool { n, _ := newest(); return n.Closed })
		_, before := newest()
		show(time.Minute)
		_, after := newest()
		return after == before // else it was shown again, as the notifier did not know yet
	})
	if err := n.Withdraw(t.Context(), notify.EndsSoon("bastion", 0, 0, true).Key); err != nil {
		t.Fatal(err)
	}
	show(8 * time.Hour)
	again := s.Notification("in 8 h")
	if err := n.Withdraw(t.Context(), "ends bastion"); err != nil {
		t.Fatal(err)
	}
	s.Eventually("the notification is withdrawn", func() bool {
		all := s.Notified()
		return all[len(all)-1].ID == again.ID && all[len(all)-1].Closed
	})
}

// TestNotificationDaemonComesAndGoes holds that a missing daemon is an error the
// first time, and that the next one is used when it comes.
func TestNotificationDaemonComesAndGoes(t *testing.T) {
	s := desktoptest.Enter(t, desktoptest.Notifications)
	n := newNotifier(t)
	notice := notify.Waits("terraform", vaultcore.AskMFA)
	actions := make(chan string, 1)
	if err := n.Notify(t.Context(), notice, chosen(actions)); err != nil {
		t.Fatal(err)
	}
	s.Notification("terraform")
	s.Notifications.Kill()
	s.AwaitNoName(serviceName)
	if err := n.Notify(t.Context(), notify.Waits("aws", vaultcore.AskMFA), nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("without a daemon: %v", err)
	}
	s.Notifications.Start()
	if err := n.Notify(t.Context(), notify.Waits("aws", vaultcore.AskMFA), chosen(actions)); err != nil {
		t.Errorf("with a new daemon: %v", err)
	}
	s.Press(s.Notification("aws waits"), "answer")
	pressed(t, actions)
}

func TestNoBus(t *testing.T) {
	for _, address := range []string{"", "disabled:", "unix:path=/nonexistent/bus"} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
		n := newNotifier(t)
		if err := n.Notify(t.Context(), notify.Waits("aws", vaultcore.AskMFA), nil); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// server is a notification service that can do what a test wants.
type server struct {
	can   []string
	shown chan []string
	last  *atomic.Uint32 // the number of the last notification
}

func (v server) GetCapabilities() ([]string, *dbus.Error) { return v.can, nil }

func (v server) Notify(app string, _ uint32, _, title, body string, actions []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	v.shown <- append([]string{app, title, body}, actions...)
	return v.last.Add(1), nil
}

const serviceName = "org.freedesktop.Notifications"

// serve puts a service on the bus.
func serve(t *testing.T, s *desktoptest.Session, can ...string) (server, *dbus.Conn) {
	t.Helper()
	conn, err := dbus.Connect(s.Bus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	v := server{can, make(chan []string, 10), new(atomic.Uint32)}
	if err := conn.Export(v, "/org/freedesktop/Notifications", serviceName); err != nil {
		t.Fatal(err)
	}
	s.AwaitNoName(serviceName)
	if _, err := conn.RequestName(serviceName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return v, conn
}

func TestNotificationWithoutButtons(t *testing.T) {
	s := desktoptest.Enter(t)
	v, _ := serve(t, s, "body", "body-markup")
	n := newNotifier(t)
	for range 2 {
		if err := n.Notify(t.Context(), notify.RenewalFailed("prod", "<b>no</b> & network", time.Time{}), nil); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"Vaultbar", "prod could not be renewed", "&lt;b&gt;no&lt;/b&gt; &amp; network. Vaultbar keeps trying."}
	if got := wait.For(t, "a notification", v.shown); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(v.shown) != 0 {
		t.Errorf("shown once more: %q", <-v.shown)
	}
}

// TestButtonOfAnother holds that a service that has begun anew, and numbers its
// notifications from the start, does not make another program's button ours.
func TestButtonOfAnother(t *testing.T) {
	s := desktoptest.Enter(t)
	_, conn := serve(t, s, "actions")
	n := newNotifier(t)
	first, second := make(chan string, 1), make(chan string, 1)
	press := func(id uint32) {
		_ = conn.Emit("/org/freedesktop/Notifications", serviceName+".ActionInvoked", id, "answer") // a lost one shows below
	}
	if err := n.Notify(t.Context(), notify.Waits("terraform", vaultcore.AskMFA), chosen(first)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	var v server
	v, conn = serve(t, s, "actions")
	v.last.Store(1) // the first is another program's
	press(1)
	if err := n.Notify(t.Context(), notify.Waits("aws", vaultcore.AskMFA), chosen(second)); err != nil {
		t.Fatal(err)
	}
	press(2)
	pressed(t, second)
	if len(first) > 0 {
		t.Error("a button of another program's notification was taken for ours")
	}
}

// TestEachButtonIsDrawnOnce holds that a desktop that draws all it is sent, as Xfce does,
// draws a button for each action and none for a click on the notice.
func TestEachButtonIsDrawnOnce(t *testing.T) {
	s := desktoptest.Enter(t, desktoptest.Buttons, desktoptest.Accessibility)
	n := newNotifier(t)
	if err := n.Notify(t.Context(), notify.EndsSoon("bastion", 10*time.Minute, 3, true), nil); err != nil {
		t.Fatal(err)
	}
	s.Notification("bastion")
	var buttons []string
	var find func(desktoptest.Accessible)
	find = func(part desktoptest.Accessible) {
		if part.Role == "button" {
			buttons = append(buttons, part.Name)
		}
		for _, child := range part.Children {
			find(child)
		}
	}
	notice := s.Accessible("")
	find(notice)
	if slices.Sort(buttons); !slices.Equal(buttons, []string{"Not now", "Renew"}) {
		t.Errorf("it has the buttons %q:\n%s", buttons, notice)
	}
}
