package sessionwatch_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/sessionwatch"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

const (
	login1      = "org.freedesktop.login1"
	sessionPath = dbus.ObjectPath("/org/freedesktop/login1/session/_31")
	userPath    = dbus.ObjectPath("/org/freedesktop/login1/user/_1000")
)

// logind is logind as far as a screen goes: one user with one session. Its
// exported methods are those on the bus.
type logind struct {
	conn    *dbus.Conn
	session *prop.Properties
	brakes  chan *os.File // our end of what holds up a sleep

	mu     sync.Mutex // guards copies
	copies []*os.File // the other end, as long as it may be on its way
}

func (l *logind) GetSession(id string) (dbus.ObjectPath, *dbus.Error) {
	if id != "1" {
		return "", dbus.NewError(login1+".NoSuchSession", nil)
	}
	return sessionPath, nil
}

func (l *logind) GetUser(uint32) (dbus.ObjectPath, *dbus.Error) { return userPath, nil }

func (l *logind) Inhibit(what, who, _, mode string) (dbus.UnixFD, *dbus.Error) {
	if what != "sleep" || mode != "delay" || who != "Vaultbar" {
		return 0, dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", nil)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	l.brakes <- read
	l.mu.Lock()
	defer l.mu.Unlock()
	l.copies = append(l.copies, write) // the answer on its way takes its own copy
	return dbus.UnixFD(write.Fd()), nil
}

// startLogind puts a logind on the system bus of a desktop.
func startLogind(t *testing.T, s *desktoptest.Session, locked bool) *logind {
	t.Helper()
	conn, err := dbus.Connect(s.SystemBus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	l := &logind{conn: conn, brakes: make(chan *os.File, 10)}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(conn.Export(l, "/org/freedesktop/login1", login1+".Manager"))
	l.session, err = prop.Export(conn, sessionPath, prop.Map{login1 + ".Session": {"LockedHint": {Value: locked, Writable: true, Emit: prop.EmitTrue}}})
	check(err)
	display := struct {
		ID   string
		Path dbus.ObjectPath
	}{"1", sessionPath}
	_, err = prop.Export(conn, userPath, prop.Map{login1 + ".User": {"Display": {Value: display, Emit: prop.EmitFalse}}})
	check(err)
	s.Eventually("the last logind has gone", func() bool {
		reply, err := conn.RequestName(login1, dbus.NameFlagDoNotQueue)
		check(err)
		return reply == dbus.RequestNameReplyPrimaryOwner
	})
	return l
}

func (l *logind) emit(path dbus.ObjectPath, name string, values ...any) {
	_ = l.conn.Emit(path, name, values...) // a lost signal shows as a missing event
}

func (l *logind) hint(locked bool) { l.session.SetMust(login1+".Session", "LockedHint", locked) }

// sleep tells that the machine is about to sleep. Whoever has put on a brake has
// got it by now.
func (l *logind) sleep(asleep bool) {
	l.mu.Lock()
	for _, file := range l.copies {
		_ = file.Close()
	}
	l.copies = nil
	l.mu.Unlock()
	l.emit("/org/freedesktop/login1", login1+".Manager.PrepareForSleep", asleep)
}

func next(t *testing.T, events <-chan sessionwatch.Event) sessionwatch.Event {
	t.Helper()
	select {
	case event := <-events:
		return event
	case <-time.After(desktoptest.Patience):
		t.Fatal("nothing was heard")
		return ""
	}
}

func want(t *testing.T, events <-chan sessionwatch.Event, event sessionwatch.Event) {
	t.Helper()
	if got := next(t, events); got != event {
		t.Fatalf("got %q, want %q", got, event)
	}
}

// watch follows the screen until the test ends.
func watch(t *testing.T, screen *sessionwatch.Watcher) <-chan sessionwatch.Event {
	events := make(chan sessionwatch.Event, 10)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- screen.Watch(ctx, func(e sessionwatch.Event) { events <- e }, func(error) {}) }()
	t.Cleanup(func() {
		cancel()
		if err := wait.For(t, "watching ends", done); !errors.Is(err, context.Canceled) {
			t.Errorf("watching ended with %v", err)
		}
	})
	return events
}

func TestScreenLocks(t *testing.T) {
	s := desktoptest.Enter(t, desktoptest.SystemBus)
	for name, id := range map[string]string{"own session": "1", "service of the user": "", "session of another kind": "c7"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_SESSION_ID", id)
			l := startLogind(t, s, false)
			var screen sessionwatch.Watcher
			events := watch(t, &screen)
			wait.For(t, "a brake is taken", l.brakes).Close()
			l.emit(sessionPath, login1+".Session.Lock")
			want(t, events, sessionwatch.ScreenLocked)
			l.hint(true) // the screen locker has done so: no news
			if !screen.Locked() {
				t.Error("the screen is open")
			}
			waited := make(chan error, 1)
			go func() { waited <- screen.Wait(t.Context()) }()
			l.hint(false)
			want(t, events, sessionwatch.ScreenUnlocked)
			if err := wait.For(t, "the wait for the screen ends", waited); err != nil || screen.Locked() {
				t.Errorf("after unlocking: %v", err)
			}
		})
	}
}

func TestScreenIsLockedAtFirst(t *testing.T) {
	s := desktoptest.Enter(t, desktoptest.SystemBus)
	startLogind(t, s, true)
	var screen sessionwatch.Watcher
	want(t, watch(t, &screen), sessionwatch.ScreenLocked)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := screen.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestSleepWaitsForTheHandler holds that the machine falls asleep only when the
// handler is done, and not before the next sleep either.
func TestSleepWaitsForTheHandler(t *testing.T) {
	s := desktoptest.Enter(t, desktoptest.SystemBus)
	l := startLogind(t, s, true)
	var screen sessionwatch.Watcher
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events, goOn := make(chan sessionwatch.Event), make(chan struct{})
	go func() {
		_ = screen.Watch(ctx, func(e sessionwatch.Event) { // it ends with the test
			events <- e
			<-goOn
		}, func(error) {})
	}()
	want(t, events, sessionwatch.ScreenLocked) // the brake is on
	goOn <- struct{}{}
	for range 2 {
		released := make(chan struct{})
		brake := wait.For(t, "a brake is taken", l.brakes)
		go func() {
			_, _ = brake.Read(make([]byte, 1)) // returns when nobody has the other end any more
			close(released)
		}()
		l.sleep(true)
		want(t, events, sessionwatch.FallingAsleep)
		if !screen.Locked() {
			t.Error("a sleeping machine shows dialogs")
		}
		select {
		case <-released:
			t.Error("the machine sleeps before the handler is done")
		case <-time.After(200 * time.Millisecond):
		}
		goOn <- struct{}{}
		select {
		case <-released:
		case <-time.After(desktoptest.Patience):
			t.Fatal("the machine is kept awake")
		}
		l.sleep(false)
		want(t, events, sessionwatch.WokenUp)
		goOn <- struct{}{}
	}
}

// A session that comes late, or goes and comes again, is found, and each change
// is told once.
func TestSessionsComeAndGo(t *testing.T) {
	s := desktoptest.Enter(t, desktoptest.SystemBus)
	t.Setenv("XDG_SESSION_ID", "")
	var screen sessionwatch.Watcher
	events, faults := make(chan sessionwatch.Event, 10), make(chan error, 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- screen.Watch(ctx, func(e sessionwatch.Event) { events <- e }, func(err error) { faults <- err })
	}()
	news := func(failed bool) {
		t.Helper()
		select {
		case err := <-faults:
			if failed != (err != nil) {
				t.Fatalf("told %v", err)
			}
		case <-time.After(desktoptest.Patience):
			t.Fatal("nothing was told")
		}
	}
	news(true)
	l := startLogind(t, s, false)
	news(false)
	wait.For(t, "a brake is taken", l.brakes).Close()
	l.emit(sessionPath, login1+".Session.Lock")
	want(t, events, sessionwatch.ScreenLocked)
	l.emit("/org/freedesktop/login1", login1+".Manager.SessionRemoved", "1", sessionPath)
	news(true)
	if screen.Locked() {
		t.Error("a screen that has gone is locked")
	}
	l.emit("/org/freedesktop/login1", login1+".Manager.SessionNew", "1", sessionPath)
	news(false)
	l.emit(sessionPath, login1+".Session.Lock")
	want(t, events, sessionwatch.ScreenLocked)
	cancel()
	if err := wait.For(t, "watching ends", done); !errors.Is(err, context.Canceled) || len(faults) != 0 {
		t.Errorf("%v; %d more was told", err, len(faults))
	}
}

func TestNoLogind(t *testing.T) {
	s := desktoptest.Enter(t, desktoptest.SystemBus)
	for _, address := range []string{s.SystemBus, "unix:path=/nonexistent/bus"} {
		t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
		var screen sessionwatch.Watcher
		ctx, cancel := context.WithCancel(t.Context())
		err := screen.Watch(ctx, func(sessionwatch.Event) {}, func(why error) {
			if why == nil {
				t.Errorf("%s: it is followed", address)
			}
			cancel()
		})
		if !errors.Is(err, context.Canceled) || screen.Locked() {
			t.Errorf("%s: %v, locked %v", address, err, screen.Locked())
		}
	}
}
