package desktoptest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/app/internal/x11"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// Part is a part of a desktop that not every test needs.
type Part string

// The parts.
const (
	Panel         Part = "panel"         // xfce4-panel with a tray host
	Notifications Part = "notifications" // dunst, with a record of what it showed
	Buttons       Part = "buttons"       // xfce4-notifyd in the place of dunst, which draws no buttons
	Keyring       Part = "keyring"       // gnome-keyring with an open login collection
	SystemBus     Part = "system bus"    // a second bus, for services of the system
	Accessibility Part = "accessibility" // what screen readers listen to; see [Session.Accessible]
)

// Patience is how long anything may take before the test has failed: long enough for
// a machine that does much else.
const Patience = 90 * time.Second

// KeyringPassword opens the login collection.
const KeyringPassword = "correct horse"

// Session is a desktop under test.
type Session struct {
	Dir       string // its home and everything in it
	Display   string // as in DISPLAY
	Bus       string // the address of the session bus
	SystemBus string // the address of the system bus; empty without that part

	WaylandDisplay string // as in WAYLAND_DISPLAY; empty but for [StartSway]
	SwaySocket     string // as in SWAYSOCK

	XServer       *Service
	WindowManager *Service
	BusDaemon     *Service
	Panel         *Service // nil without that part, as the following
	Notifications *Service
	Keyring       *Service
	Sway          *Service

	t      testing.TB
	token  string
	screen *x11.Display
	frame  frame
	conn   *dbus.Conn
	access *dbus.Conn // to the accessibility bus, once it was asked for
	record *recorder

	accessible bool // its programs tell screen readers what they show
}

// tools are the programs of a desktop and the Debian packages that have them.
var tools = map[string]string{
	"Xvfb": "xvfb", "openbox": "openbox", "dbus-daemon": "dbus", "xdotool": "xdotool", "zenity": "zenity",
	"xfce4-panel": "xfce4-panel", "dunst": "dunst", "gnome-keyring-daemon": "gnome-keyring",
}

// needed are the programs that a desktop of these parts is made of.
func needed(parts map[Part]bool) []string {
	names := []string{"Xvfb", "openbox", "dbus-daemon", "xdotool", "zenity"}
	for part, name := range map[Part]string{Panel: "xfce4-panel", Notifications: "dunst", Keyring: "gnome-keyring-daemon"} {
		if parts[part] {
			names = append(names, name)
		}
	}
	return names
}

// Start starts a desktop, which ends with the test.
func Start(t testing.TB, parts ...Part) *Session {
	t.Helper()
	testenv.Time(t)
	wanted := make(map[Part]bool)
	for _, part := range parts {
		wanted[part] = true
	}
	for _, name := range needed(wanted) {
		testenv.Program(t, name, tools[name])
	}
	if wanted[Accessibility] {
		needAccessibility(t)
	}
	if wanted[Buttons] {
		needButtons(t)
	}
	s := &Session{t: t, accessible: wanted[Accessibility]}
	s.makeHome()
	t.Cleanup(s.end)
	s.startScreen()
	s.startBuses(wanted[SystemBus])
	s.startManager()
	if wanted[Panel] {
		s.startPanel()
	}
	switch {
	case wanted[Buttons]:
		s.startButtons()
	case wanted[Notifications]:
		s.startNotifications()
	}
	if wanted[Keyring] {
		s.startKeyring()
	}
	return s
}

// Enter starts a desktop and makes it the test's own; see [Session.Enter].
func Enter(t testing.TB, parts ...Part) *Session {
	t.Helper()
	s := Start(t, parts...)
	s.Enter()
	return s
}

// makeHome makes the folders. The path is short: sockets are in it.
func (s *Session) makeHome() {
	s.t.Helper()
	dir, err := os.MkdirTemp("/tmp", "vbdesk-")
	s.check(err)
	s.Dir, s.token = dir, tokenVariable+"="+dir
	for _, name := range []string{"run", "config", "data", "state", "cache", "services", "log", "screen"} {
		s.check(os.Mkdir(s.path(name), 0o700))
	}
}

func (s *Session) path(names ...string) string {
	return filepath.Join(append([]string{s.Dir}, names...)...)
}

func (s *Session) check(err error) {
	if err != nil {
		s.t.Helper()
		s.t.Fatal(err)
	}
}

// tokenVariable marks what this desktop started, and what that started.
const tokenVariable = "VAULTBAR_DESKTOPTEST"

// Env is the whole environment of a program on this desktop.
func (s *Session) Env() []string {
	env := []string{s.token}
	for name, value := range s.variables() {
		env = append(env, name+"="+value)
	}
	return env
}

func (s *Session) variables() map[string]string {
	all := map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": s.Dir, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "SHELL": "/bin/sh", "USER": "ann",
		"XDG_RUNTIME_DIR": s.path("run"), "XDG_CONFIG_HOME": s.path("config"), "XDG_DATA_HOME": s.path("data"),
		"XDG_STATE_HOME": s.path("state"), "XDG_CACHE_HOME": s.path("cache"),
	}
	if s.accessible {
		all["GSETTINGS_BACKEND"] = "memory" // that of dconf cannot keep that a screen reader is on
	} else { // programs would look for the accessibility bus, each as it starts
		all["NO_AT_BRIDGE"], all["GTK_A11Y"] = "1", "none"
	}
	for name, value := range map[string]string{
		"DISPLAY": s.Display, "DBUS_SESSION_BUS_ADDRESS": s.Bus, "DBUS_SYSTEM_BUS_ADDRESS": s.SystemBus,
		"WAYLAND_DISPLAY": s.WaylandDisplay, "SWAYSOCK": s.SwaySocket,
	} {
		if value != "" {
			all[name] = value
		}
	}
	return all
}

// Enter makes this desktop the test's own: what the test starts, and the test
// itself, are on it. Such a test cannot be parallel.
func (s *Session) Enter() {
	for name, value := range s.variables() {
		s.t.Setenv(name, value)
	}
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "SWAYSOCK", "I3SOCK"} {
		s.t.Setenv(name, s.variables()[name])
	}
	s.t.Setenv(tokenVariable, s.Dir)
}

// context ends when patience does.
func (s *Session) context() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), Patience)
}

// end stops everything, the last first, and then what the parts themselves had
// started.
func (s *Session) end() {
	if s.t.Failed() {
		s.tellLogs()
	}
	for _, conn := range []*dbus.Conn{s.access, s.conn} {
		if conn != nil {
			_ = conn.Close()
		}
	}
	if s.screen != nil {
		s.screen.Close()
	}
	for _, service := range []*Service{s.Keyring, s.Notifications, s.Panel, s.WindowManager, s.Sway, s.BusDaemon, s.XServer} {
		if service != nil {
			service.Stop()
		}
	}
	s.frame.close()
	s.Eventually("all that was started has ended", func() bool { return s.sweep() == 0 })
	if err := os.RemoveAll(s.Dir); err != nil {
		s.t.Error(err)
	}
}
