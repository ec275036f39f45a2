package desktoptest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/app/internal/x11"
)

// screenArgs have the server tell its display, and keep it from repeating a key
// that a busy machine is late to let go.
var screenArgs = []string{"-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset", "-r"}

// startScreen starts the X server, which chooses a free display by itself.
func (s *Session) startScreen() {
	s.t.Helper()
	var said *os.File
	build := func() *exec.Cmd {
		read, write, err := os.Pipe()
		s.check(err)
		said = read
		args := append([]string{"-fbdir", s.path("screen")}, screenArgs...)
		if s.Display != "" { // a server that starts again is the same display
			args = append([]string{s.Display}, args...)
		}
		cmd := exec.Command("Xvfb", args...)
		cmd.ExtraFiles = []*os.File{write}
		return cmd
	}
	s.XServer = s.service("xvfb", build, func() {
		s.Display = ":" + s.firstLine(said)
		s.check(s.frame.watch(s.path("screen", frameFile)))
	})
}

// firstLine reads what a program writes into a pipe when it is ready.
func (s *Session) firstLine(from *os.File) string {
	s.t.Helper()
	defer func() { _ = from.Close() }()
	text, err := bufio.NewReader(from).ReadString('\n')
	if err != nil {
		s.t.Fatalf("a program of the desktop did not start: %v", err)
	}
	return strings.TrimSpace(text)
}

// activatable are the services that the session bus may start: without a list,
// it would start the notification daemon and the keyring that a test left out.
var activatable = []string{"org.xfce.Xfconf", "org.gnome.keyring.SystemPrompter", "org.gnome.keyring.PrivatePrompter"}

// busServices is where the bus finds what it can start.
const busServices = "/usr/share/dbus-1/services"

// startBuses starts the session bus, and the system bus if asked for.
func (s *Session) startBuses(system bool) {
	s.t.Helper()
	names := activatable
	if s.accessible {
		names = append(slices.Clone(names), a11yBus)
	}
	for _, name := range names {
		file := name + ".service"
		if target := filepath.Join(busServices, file); exists(target) {
			s.check(os.Symlink(target, s.path("services", file)))
		}
	}
	s.BusDaemon = s.startBus("bus", &s.Bus)
	conn, err := dbus.Connect(s.Bus)
	s.check(err)
	s.conn = conn
	if system {
		s.startBus("system-bus", &s.SystemBus)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// startBus starts a bus and notes its address.
func (s *Session) startBus(name string, address *string) *Service {
	s.t.Helper()
	config := s.path(name + ".conf")
	s.check(os.WriteFile(config, []byte(strings.NewReplacer("SOCKET", s.path("run", name), "SERVICES", s.path("services")).Replace(busConfig)), 0o600))
	var said *os.File
	build := func() *exec.Cmd {
		read, write, err := os.Pipe()
		s.check(err)
		said = read
		cmd := exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--nopidfile", "--print-address=3")
		cmd.ExtraFiles = []*os.File{write}
		return cmd
	}
	return s.service(name, build, func() {
		s.firstLine(said)
		*address = "unix:path=" + s.path("run", name)
	})
}

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <servicedir>SERVICES</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// startManager starts the window manager, and a look at its windows.
func (s *Session) startManager() {
	s.t.Helper()
	s.WindowManager = s.service("openbox", func() *exec.Cmd { return exec.Command("openbox", "--sm-disable") }, func() {
		s.Eventually("a window manager is at work", s.managed)
	})
	s.screen = s.look()
}

// look opens a connection of its own to the display.
func (s *Session) look() *x11.Display {
	s.t.Helper()
	ctx, cancel := s.context()
	defer cancel()
	display, err := x11.Dial(ctx, s.Display)
	s.check(err)
	return display
}

// startPanel starts a panel at the top with nothing in it but the tray, on
// black: whatever is not black is an icon.
func (s *Session) startPanel() {
	s.t.Helper()
	folder := s.path("config", "xfce4", "xfconf", "xfce-perchannel-xml")
	s.check(os.MkdirAll(folder, 0o700))
	s.check(os.WriteFile(filepath.Join(folder, "xfce4-panel.xml"), []byte(panelConfig), 0o600))
	s.Panel = s.service("panel", func() *exec.Cmd { return exec.Command("xfce4-panel", "--disable-wm-check") }, func() {
		s.AwaitName("org.kde.StatusNotifierWatcher")
	})
}

const panelConfig = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="32"/>
      <property name="icon-size" type="uint" value="24"/>
      <property name="background-style" type="uint" value="1"/>
      <property name="background-rgba" type="array">
        <value type="double" value="0"/><value type="double" value="0"/><value type="double" value="0"/><value type="double" value="1"/>
      </property>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray">
      <property name="show-frame" type="bool" value="false"/>
      <property name="square-icons" type="bool" value="true"/>
      <property name="icon-size" type="int" value="24"/>
    </property>
  </property>
</channel>
`

// startKeyring starts the Secret Service with an open login collection. The
// password is read to the end of the input, so there is no newline after it.
func (s *Session) startKeyring() {
	s.t.Helper()
	s.Keyring = s.service("keyring", func() *exec.Cmd {
		cmd := exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
		cmd.Stdin = strings.NewReader(KeyringPassword)
		return cmd
	}, func() {
		s.AwaitName("org.freedesktop.secrets")
		s.check(s.secrets().Call("org.freedesktop.Secret.Service.SetAlias", 0, "default", loginCollection).Err)
	})
}

const loginCollection = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")

func (s *Session) secrets() dbus.BusObject {
	return s.conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
}

// LockKeyring locks the login collection: the next use of it opens the
// desktop's own dialog.
func (s *Session) LockKeyring() {
	s.t.Helper()
	s.check(s.secrets().Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{loginCollection}).Err)
}

// AwaitName waits until somebody on the session bus has a name.
func (s *Session) AwaitName(name string) {
	s.t.Helper()
	s.awaitOwner(name, true)
}

// AwaitNoName waits until nobody on the session bus has a name any more: the bus hears
// of a program's end a moment after it.
func (s *Session) AwaitNoName(name string) {
	s.t.Helper()
	s.awaitOwner(name, false)
}

func (s *Session) awaitOwner(name string, wanted bool) {
	s.t.Helper()
	ctx, cancel := s.context()
	defer cancel()
	signals := make(chan *dbus.Signal, 64)
	s.conn.Signal(signals)
	defer s.conn.RemoveSignal(signals)
	match := []dbus.MatchOption{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name)}
	s.check(s.conn.AddMatchSignalContext(ctx, match...))
	defer func() { _ = s.conn.RemoveMatchSignal(match...) }()
	for {
		var owned bool
		s.check(s.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, name).Store(&owned))
		if owned == wanted {
			return
		}
		select {
		case <-signals:
		case <-ctx.Done():
			s.t.Fatalf("somebody on the bus is %s: %t, after %s still", name, owned, Patience)
		}
	}
}
