//go:build linux

package stories_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// desktop is a world whose person sits at a desktop.
type desktop struct {
	*world
	screen *desktoptest.Session
	bus    *dbus.Conn // as another program of the desktop has it
}

// newDesktop makes a desktop of these parts and a world on it. Nothing of the app
// runs yet.
func newDesktop(t testing.TB, parts ...desktoptest.Part) *desktop {
	t.Helper()
	s := desktoptest.Start(t, parts...)
	d := &desktop{world: newWorld(t), screen: s}
	d.steered = true
	d.writeConfig(d.usual())
	own := d.env
	d.env = append(d.with("DBUS_SESSION_BUS_ADDRESS", "LANG"), "NO_AT_BRIDGE=1", "GTK_A11Y=none")
	for _, entry := range s.Env() {
		name, _, _ := strings.Cut(entry, "=")
		known := slices.ContainsFunc(own, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		if !known || name == "DBUS_SESSION_BUS_ADDRESS" || name == "LANG" {
			if !strings.HasPrefix(name, "XDG_") {
				d.env = append(d.env, entry)
			}
		}
	}
	d.connect()
	t.Cleanup(d.leave)
	return d
}

func (d *desktop) connect() {
	d.Helper()
	conn, err := dbus.Connect(d.screen.Bus)
	d.check(err)
	d.Cleanup(func() { _ = conn.Close() })
	d.check(conn.AddMatchSignal(dbus.WithMatchInterface(trayMenu)))
	d.bus = conn
}

// leave ends the app, and takes from what its race detector found the races
// that are known.
func (d *desktop) leave() {
	if app, ok := d.findApp(); ok {
		stop := d.command("vaultbar", "stop")
		_ = stop.Run() // the world looks whether the app ended
		app.gone(patience)
	}
	reports, err := filepath.Glob(d.path("t", "race.*"))
	d.check(err)
	for _, report := range reports {
		text, err := os.ReadFile(report)
		d.check(err)
		if !unknownRace(string(text)) {
			d.check(os.Remove(report))
		}
	}
}

// unknownRace says whether a report of the race detector has more in it than the
// two races of the tray's library. It raises the number of the menu's version in
// two goroutines: hosts compare that number, and a lost step costs nothing. And
// it changes the icon's pixels while an answer with the old ones may be on its
// way to the panel: all our icons have one size, and the panel asks again.
func unknownRace(reports string) bool {
	for _, report := range strings.Split(reports, "==================") {
		version := strings.Contains(report, "systray.(*tray).GetLayout()") && strings.Contains(report, "systray.refresh()")
		pixels := strings.Contains(report, "systray.SetIcon()") && strings.Contains(report, "dbus/v5.(*encoder).encode()")
		if strings.Contains(report, "DATA RACE") && !version && !pixels {
			return true
		}
	}
	return false
}

// start starts the app as a desktop does, and waits until it serves.
func (d *desktop) start() process {
	d.Helper()
	return d.launch(d.command("vaultbar-app"))
}

// launch starts the app by some command, and waits until it serves.
func (d *desktop) launch(cmd *exec.Cmd) process {
	d.Helper()
	var said bytes.Buffer
	cmd.Stderr = &said
	d.check(lasting(cmd).Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(ended)
	}()
	d.Cleanup(func() {
		_ = cmd.Process.Kill() // the world has stopped it already
		<-ended
	})
	var app process
	d.screen.Eventually("the app serves", func() bool {
		found, ok := d.findApp()
		app = found
		return ok
	})
	return app
}

// loginLine is the command that the desktop runs at login.
func (d *desktop) loginLine() string {
	d.Helper()
	text, err := os.ReadFile(filepath.Join(d.home, ".config", "autostart", "vaultbar.desktop"))
	d.check(err)
	for line := range strings.Lines(string(text)) {
		if command, ok := strings.CutPrefix(line, "Exec="); ok {
			return strings.TrimSpace(command)
		}
	}
	d.Fatalf("the login item runs nothing:\n%s", text)
	return ""
}

// dialog waits for a dialog of the app, and returns the words in it: the command
// line of the program that shows it, and the text that is not on it.
func (d *desktop) dialog(title string) string {
	d.Helper()
	w := d.screen.Window(title)
	text, err := os.ReadFile("/proc/" + strconv.Itoa(w.PID) + "/cmdline")
	d.check(err)
	words := strings.ReplaceAll(string(text), "\x00", "\n")
	if strings.Contains(words, "--text-info") {
		words += "\n" + d.page(title)
	}
	return words
}

// says waits for a dialog of the app, and returns what a person reads in it.
func (d *desktop) says(title string) string {
	d.Helper()
	words := d.dialog(title)
	if strings.Contains(words, "--text-info") {
		return d.page(title)
	}
	_, text, _ := strings.Cut(words, "\n--text")
	text, _, _ = strings.Cut(text[min(1, len(text)):], "\n--")
	return text
}

// choose presses keys, if any, in a dialog once it has the keyboard: what is pressed
// before is pressed elsewhere.
func (d *desktop) choose(title string, keys ...string) {
	d.Helper()
	d.screen.Await("the keyboard goes to "+title, func(windows []desktoptest.Window) bool {
		return slices.ContainsFunc(windows, func(w desktoptest.Window) bool { return w.Title == title && w.Active })
	})
	d.screen.WaitStill()
	if len(keys) > 0 {
		d.screen.Key(keys...)
	}
}

// page waits for a dialog with a text to read, and returns the text: it is on no
// command line, so it is copied as a person does.
func (d *desktop) page(title string) string {
	d.Helper()
	d.screen.Window(title)
	text := ""
	d.screen.Eventually("the text of "+title+" is copied", func() bool {
		d.screen.Key("ctrl+a", "ctrl+c")
		last := text
		text, _ = d.screen.Paste("UTF8_STRING")
		return text != "" && text == last // it fills after the window has come
	})
	return text
}

// device is how a dialog names the device of the codes.
func (d *desktop) device() string {
	serial := d.aws.MFA.Serial()
	return "…" + serial[strings.LastIndexByte(serial, '/'):]
}

// dialogs counts the dialogs that the app has open.
func (d *desktop) dialogs() int {
	d.Helper()
	n := 0
	for _, w := range d.screen.Windows() {
		if strings.HasPrefix(w.Title, "Vaultbar: ") {
			n++
		}
	}
	return n
}

// logged counts the lines of the log with this in them.
func (d *desktop) logged(words string) int {
	d.Helper()
	text, err := os.ReadFile(d.logFile())
	d.check(err)
	n := 0
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, words) {
			n++
		}
	}
	return n
}

// waits starts a program that wants credentials, and has no terminal.
func (d *desktop) waits(profile string) *member {
	d.Helper()
	return d.startMany(1, profile)[0]
}

// served checks that a program got what it waited for.
func (d *desktop) served(m *member) {
	d.Helper()
	code := d.exit(m.cmd.Wait())
	if _, err := parse(m.stdout.String()); code != 0 || err != nil {
		d.Errorf("a program that waited: exit code %d (%v)\n%s", code, err, m.stderr.Bytes())
	}
}

// mfaDialog is the title of the dialog for a code of ann's device.
const mfaDialog = "Vaultbar: MFA code for " + bastion
