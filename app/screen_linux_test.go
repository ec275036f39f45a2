package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// The names of logind.
const (
	login1        = "org.freedesktop.login1"
	login1Path    = dbus.ObjectPath("/org/freedesktop/login1")
	login1Session = login1Path + "/session/_31"
	login1User    = login1Path + "/user/_1"
)

// logind is one on the system bus that knows one session.
type logind struct {
	*testing.T
	conn    *dbus.Conn
	brakes  chan *os.File // our end of what holds up a sleep
	copies  chan *os.File // the other end, until it has arrived
	follows chan struct{} // somebody follows the session: this is what they ask last
}

// startLogind puts a logind on the system bus of a desktop.
func startLogind(t *testing.T, s *desktoptest.Session) *logind {
	t.Helper()
	conn, err := dbus.Connect(s.SystemBus)
	l := &logind{T: t, conn: conn, brakes: make(chan *os.File, 10), copies: make(chan *os.File, 10), follows: make(chan struct{}, 10)}
	l.check(err)
	t.Cleanup(func() { _ = conn.Close() })
	l.check(conn.ExportMethodTable(map[string]any{
		"GetUser": func(uint32) (dbus.ObjectPath, *dbus.Error) { return login1User, nil },
		"Inhibit": func(_, _, _, _ string) (dbus.UnixFD, *dbus.Error) {
			read, write, err := os.Pipe()
			if err != nil {
				return 0, dbus.MakeFailedError(err)
			}
			l.copies <- write // the answer on its way takes its own copy
			l.brakes <- read
			return dbus.UnixFD(write.Fd()), nil
		},
	}, login1Path, login1+".Manager"))
	l.check(conn.ExportMethodTable(map[string]any{
		"Get": func(_, property string) (dbus.Variant, *dbus.Error) {
			if property == "Active" {
				l.follows <- struct{}{}
			}
			return dbus.MakeVariant(property == "Active"), nil
		},
	}, login1Session, "org.freedesktop.DBus.Properties"))
	display := struct {
		ID   string
		Path dbus.ObjectPath
	}{"1", login1Session}
	_, err = prop.Export(conn, login1User, prop.Map{login1 + ".User": {"Display": {Value: display}}})
	l.check(err)
	_, err = conn.RequestName(login1, dbus.NameFlagDoNotQueue)
	l.check(err)
	return l
}

func (l *logind) check(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// change tells that a property of the session is another.
func (l *logind) change(property string, value any) {
	l.Helper()
	l.check(l.conn.Emit(login1Session, "org.freedesktop.DBus.Properties.PropertiesChanged", login1+".Session", map[string]dbus.Variant{property: dbus.MakeVariant(value)}, []string{}))
}

// watching is an app that watches the screen, with these settings, and its trail. What
// it returns ends that and reads the reasons of the locks in the trail.
func watching(t *testing.T, desk *desktoptest.Session, own map[string]string) (a *app, ended func() []string) {
	t.Helper()
	home := t.TempDir()
	env := environment{folders: appdirs.Folders{Config: filepath.Join(home, "c"), State: filepath.Join(home, "s"), Data: filepath.Join(home, "d")}, config: filepath.Join(home, "config")}
	for key, value := range own {
		if err := settings.Set(env.folders.Settings(), key, value); err != nil {
			t.Fatal(err)
		}
	}
	a, err := build(t.Context(), env, options{
		log: slog.New(slog.DiscardHandler), stop: func() {},
		open: func(context.Context, keystore.Options) (*keystore.Store, error) { return keystore.NewMemory(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	written := a.record(ctx)
	watched := make(chan struct{})
	go func() {
		a.watchScreen(ctx)
		close(watched)
	}()
	end := sync.OnceFunc(func() { stop(); <-watched; written() })
	t.Cleanup(end)
	a.trail.Add(record.Entry{Kind: record.App, Operation: "start"})
	desk.Eventually("the trail is written", func() bool { return len(a.trail.Recent()) > 0 })
	return a, func() (reasons []string) {
		end()
		for _, e := range a.trail.Recent() {
			if e.Kind == record.Lock {
				reasons = append(reasons, e.Operation+" "+e.Allowed)
			}
		}
		return reasons
	}
}

// TestTheScreenLocksTheKeys: a locked screen, another user at it and a machine that is
// about to sleep lock the keys, where the person wants that; the trail says why.
func TestTheScreenLocksTheKeys(t *testing.T) {
	desk := desktoptest.Start(t, desktoptest.SystemBus)
	desk.Enter()
	l := startLogind(t, desk)
	sleep := func() { l.check(l.conn.Emit(login1Path, login1+".Manager.PrepareForSleep", true)) }
	for name, c := range map[string]struct {
		happens func()
		reason  string
	}{
		"the screen is locked":        {func() { l.check(l.conn.Emit(login1Session, login1+".Session.Lock")) }, "lock screen"},
		"the locker says so":          {func() { l.change("LockedHint", true) }, "lock screen"},
		"another user has the screen": {func() { l.change("Active", false) }, "lock screen"},
		"the machine will sleep":      {func() { l.check(l.conn.Emit(login1Path, login1+".Manager.PrepareForSleep", true)) }, "lock sleep"},
	} {
		for wanted, setting := range map[bool]string{true: "yes", false: "no"} {
			t.Run(name+" "+setting, func(t *testing.T) {
				a, ended := watching(t, desk, map[string]string{"lock_on_screen_lock": setting})
				wait.For(t, "somebody follows the session", l.follows)
				brake := wait.For(t, "a brake is taken", l.brakes)
				wait.For(t, "a brake is taken", l.copies).Close() // it has its own
				c.happens()
				if wanted && c.reason != "lock sleep" {
					desk.Eventually("the app is locked", a.lock.Locked)
				}
				if !wanted && c.reason != "lock sleep" {
					sleep() // comes after the other, and so is heard after it
				}
				if !wanted || c.reason == "lock sleep" {
					_, _ = brake.Read(make([]byte, 1)) // returns when the machine may sleep
				}
				_, err := a.lock.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"})
				if errors.Is(err, vaultcore.ErrLocked) != wanted {
					t.Errorf("then: %v", err)
				}
				if got := ended(); wanted != slices.Equal(got, []string{c.reason}) || !wanted && len(got) > 0 {
					t.Errorf("the trail has %q", got)
				}
				_ = brake.Close()
			})
		}
	}
}
