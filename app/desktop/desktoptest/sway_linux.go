package desktoptest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// StartSway starts a desktop of another kind, which ends with the test: sway, a
// Wayland compositor that tiles windows, without a screen, and a session bus.
// With x there is an X server on it for the programs that need one. What types,
// clicks and looks at windows of X does not work there.
func StartSway(t testing.TB, x bool) *Session {
	t.Helper()
	for name, debian := range map[string]string{
		"sway": "sway", "swaymsg": "sway", "wl-paste": "wl-clipboard", "wl-copy": "wl-clipboard", "dbus-daemon": "dbus", "zenity": "zenity", "unshare": "util-linux",
	} {
		testenv.Program(t, name, debian)
	}
	if x {
		testenv.Program(t, "Xwayland", "xwayland")
	}
	s := &Session{t: t}
	s.makeHome()
	t.Cleanup(s.end)
	s.startBuses(false)
	s.startSway(x)
	return s
}

// EnterSway starts sway and makes it the test's own desktop; see [Session.Enter].
func EnterSway(t testing.TB, x bool) *Session {
	t.Helper()
	s := StartSway(t, x)
	s.Enter()
	return s
}

// swayConfig has sway say where it can be reached once it can.
const swayConfig = `xwayland %s
output * mode 1280x800
exec sh -c 'printf "%%s\n" "$WAYLAND_DISPLAY $SWAYSOCK ${DISPLAY-none}" >&3; exec 3>&-'
`

// startSway starts the compositor. It refuses root, so for root it runs in a user
// namespace of its own.
func (s *Session) startSway(x bool) {
	s.t.Helper()
	server := "disable"
	if x {
		server = "force"
	}
	s.check(os.WriteFile(s.path("sway.conf"), fmt.Appendf(nil, swayConfig, server), 0o600))
	var said *os.File
	build := func() *exec.Cmd {
		read, write, err := os.Pipe()
		s.check(err)
		said = read
		argv := []string{"sway", "-c", s.path("sway.conf")}
		if os.Getuid() == 0 {
			argv = append([]string{"unshare", "-U", "--map-user=1000", "--map-group=1000"}, argv...)
		}
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Env = []string{"WLR_BACKENDS=headless", "WLR_RENDERER=pixman", "WLR_LIBINPUT_NO_DEVICES=1", "WLR_HEADLESS_OUTPUTS=1"}
		cmd.ExtraFiles = []*os.File{write}
		return cmd
	}
	s.Sway = s.service("sway", build, func() {
		where := strings.Fields(s.firstLine(said))
		if len(where) != 3 {
			s.t.Fatalf("sway says of itself %q", where)
		}
		s.WaylandDisplay, s.SwaySocket = where[0], where[1]
		if x {
			s.Display = where[2]
		}
	})
}

// SwayWindow is a window as sway has it.
type SwayWindow struct {
	Title    string
	App      string // its app_id, or its class on the X server
	Floating bool
	Width    int
}

// node is a part of sway's tree.
type node struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	PID    int    `json:"pid"`
	App    string `json:"app_id"`
	X      struct{ Class string }
	Rect   struct{ Width int }
	Nodes  []node `json:"nodes"`
	Floats []node `json:"floating_nodes"`
}

// SwayWindow waits for a window whose title has this in it.
func (s *Session) SwayWindow(title string) SwayWindow {
	s.t.Helper()
	var found *SwayWindow
	var look func(node)
	look = func(n node) {
		if n.PID != 0 && strings.Contains(n.Name, title) {
			found = &SwayWindow{n.Name, n.App, n.Type == "floating_con", n.Rect.Width}
		}
		for _, one := range append(n.Nodes, n.Floats...) {
			look(one)
		}
	}
	s.Eventually("a window "+title, func() bool {
		var tree node
		s.check(json.Unmarshal([]byte(s.Run("swaymsg", "-r", "-t", "get_tree")), &tree))
		look(tree)
		return found != nil
	})
	return *found
}

// Run runs a program on this desktop and returns what it prints.
func (s *Session) Run(name string, args ...string) string {
	s.t.Helper()
	out, err := s.Try(name, args...)
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	return out
}

// Try is [Session.Run] for a program that may fail. What it prints goes to a
// file: a pipe would wait for what it leaves behind.
func (s *Session) Try(name string, args ...string) (string, error) {
	s.t.Helper()
	ctx, cancel := s.context()
	defer cancel()
	out, err := os.CreateTemp(s.Dir, "out-*")
	s.check(err)
	defer func() { _ = out.Close() }()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Stdout = s.Env(), out
	err = cmd.Run()
	text, fault := os.ReadFile(out.Name())
	s.check(fault)
	return string(text), err
}
