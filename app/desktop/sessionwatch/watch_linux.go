package sessionwatch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	bus "github.com/vaultbar/vaultbar/app/internal/dbus"
)

// logind's names.
const (
	loginName    = "org.freedesktop.login1"
	loginPath    = dbus.ObjectPath("/org/freedesktop/login1")
	loginManager = "org.freedesktop.login1.Manager"
	loginSession = "org.freedesktop.login1.Session"
	properties   = "org.freedesktop.DBus.Properties"
)

// patience is how long logind may take to answer.
const patience = 5 * time.Second

// logind is a look at logind.
type logind struct {
	screen  *Watcher
	handle  func(Event)
	conn    *dbus.Conn
	session dbus.ObjectPath
	brake   int // what keeps the machine from falling asleep before we are ready; -1 without
}

// watch follows logind, and says so once it does.
func (s *Watcher) watch(ctx context.Context, handle func(Event), follows func()) error {
	w := &logind{screen: s, handle: handle, brake: -1}
	starting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := w.begin(starting); err != nil {
		return fmt.Errorf("logind cannot be asked: %w", err)
	}
	defer w.end()
	signals := make(chan *dbus.Signal, 64)
	w.conn.Signal(signals)
	if err := w.follow(starting); err != nil {
		return fmt.Errorf("logind cannot be asked: %w", err)
	}
	follows()
	for {
		select {
		case signal, ok := <-signals:
			if !ok {
				return errors.New("the system bus has hung up")
			}
			if !w.heard(ctx, signal) {
				return errors.New("the session has ended")
			}
		case <-w.conn.Context().Done():
			return errors.New("the system bus has hung up")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// begin connects and finds our session.
func (w *logind) begin(ctx context.Context) error {
	address := os.Getenv("DBUS_SYSTEM_BUS_ADDRESS")
	if address == "" {
		address = "unix:path=/run/dbus/system_bus_socket"
	}
	conn, err := bus.Connect(ctx, address)
	if err != nil {
		return err
	}
	w.conn = conn
	if w.session, err = w.ownSession(ctx); err != nil {
		_ = conn.Close()
		return err
	}
	return nil
}

// ownSession finds the session of the person's screen: the one that logind shows
// of the user, else the one we were started in. An app outlives the session that
// it was started in: that may be one of ssh, or one that has ended.
func (w *logind) ownSession(ctx context.Context) (dbus.ObjectPath, error) {
	path, err := w.displaySession(ctx)
	if id := os.Getenv("XDG_SESSION_ID"); err != nil && id != "" {
		manager := w.conn.Object(loginName, loginPath)
		err = manager.CallWithContext(ctx, loginManager+".GetSession", 0, id).Store(&path)
	}
	return path, err
}

// displaySession is the session of the user that has a screen.
func (w *logind) displaySession(ctx context.Context) (dbus.ObjectPath, error) {
	manager := w.conn.Object(loginName, loginPath)
	var path dbus.ObjectPath
	if err := manager.CallWithContext(ctx, loginManager+".GetUser", 0, uint32(os.Getuid())).Store(&path); err != nil {
		return "", err
	}
	var display struct {
		ID   string
		Path dbus.ObjectPath
	}
	user := w.conn.Object(loginName, path)
	if err := user.CallWithContext(ctx, properties+".Get", 0, "org.freedesktop.login1.User", "Display").Store(&display); err != nil {
		return "", err
	}
	if display.ID == "" {
		return "", errors.New("the user has no session with a screen")
	}
	return display.Path, nil
}

// follow listens, and then takes in how things are, so that nothing is missed
// between the two.
func (w *logind) follow(ctx context.Context) error {
	for _, match := range [][]dbus.MatchOption{
		{dbus.WithMatchSender(loginName), dbus.WithMatchObjectPath(w.session)},
		{dbus.WithMatchSender(loginName), dbus.WithMatchInterface(loginManager), dbus.WithMatchMember("PrepareForSleep")},
		{dbus.WithMatchSender(loginName), dbus.WithMatchInterface(loginManager), dbus.WithMatchMember("SessionRemoved")},
	} {
		if err := w.conn.AddMatchSignalContext(ctx, match...); err != nil {
			return err
		}
	}
	w.hold(ctx)
	var locked bool
	session := w.conn.Object(loginName, w.session)
	if err := session.CallWithContext(ctx, properties+".Get", 0, loginSession, "LockedHint").Store(&locked); err != nil {
		return err
	}
	w.locked(locked)
	return nil
}

// heard takes in one signal, and says whether the session is still there.
func (w *logind) heard(ctx context.Context, signal *dbus.Signal) bool {
	switch signal.Name {
	case loginSession + ".Lock":
		w.locked(true)
	case loginSession + ".Unlock":
		w.locked(false)
	case properties + ".PropertiesChanged":
		var of string
		var changed map[string]dbus.Variant
		var lost []string
		if dbus.Store(signal.Body, &of, &changed, &lost) != nil {
			return true
		}
		if hint, ok := changed["LockedHint"].Value().(bool); ok {
			w.locked(hint)
		}
	case loginManager + ".SessionRemoved":
		var id string
		var path dbus.ObjectPath
		return dbus.Store(signal.Body, &id, &path) != nil || path != w.session
	case loginManager + ".PrepareForSleep":
		var asleep bool
		if dbus.Store(signal.Body, &asleep) == nil {
			w.sleeps(ctx, asleep)
		}
	}
	return true
}

func (w *logind) locked(locked bool) {
	if !w.screen.lock(locked) {
		return
	}
	if locked {
		w.handle(ScreenLocked)
		return
	}
	w.handle(ScreenUnlocked)
}

// sleeps lets the machine fall asleep once everybody is ready, and puts the brake
// on again when it wakes.
func (w *logind) sleeps(ctx context.Context, asleep bool) {
	news := w.screen.sleep(asleep)
	if asleep {
		if news {
			w.handle(FallingAsleep)
		}
		w.release()
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	w.hold(ctx)
	if news {
		w.handle(WokenUp)
	}
}

// hold asks logind to wait for us before it lets the machine fall asleep. When
// it does not, we hear of the sleep all the same.
func (w *logind) hold(ctx context.Context) {
	w.release()
	var fd dbus.UnixFD
	err := w.conn.Object(loginName, loginPath).CallWithContext(ctx, loginManager+".Inhibit", 0,
		"sleep", "Vaultbar", "locks the keys before the machine sleeps", "delay").Store(&fd)
	if err == nil {
		w.brake = int(fd)
	}
}

// release lets the machine fall asleep.
func (w *logind) release() {
	if w.brake >= 0 {
		_ = unix.Close(w.brake)
		w.brake = -1
	}
}

func (w *logind) end() {
	w.release()
	_ = w.conn.Close()
}
