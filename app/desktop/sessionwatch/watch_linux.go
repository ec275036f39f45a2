package sessionwatch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/app/internal/dbus"
)

// logind's names.
const (
	loginName    = "org.freedesktop.login1"
	loginPath    = dbus.Path("/org/freedesktop/login1")
	loginManager = "org.freedesktop.login1.Manager"
	loginSession = "org.freedesktop.login1.Session"
)

// patience is how long logind may take to answer.
const patience = 5 * time.Second

// logind is a look at logind.
type logind struct {
	watcher   *Watcher
	handle    func(Event)
	bus       *dbus.Bus
	session   dbus.Path
	inhibitor int // what keeps the machine from falling asleep before we are ready; -1 without
}

// watch follows logind, and says so once it does.
func (s *Watcher) watch(ctx context.Context, handle func(Event), follows func()) error {
	starting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	bus, err := dbus.System(starting)
	if err != nil {
		return fmt.Errorf("logind cannot be asked: %w", err)
	}
	l := &logind{watcher: s, handle: handle, bus: bus, inhibitor: -1}
	defer l.end()
	signals, err := l.follow(starting)
	if err != nil {
		return fmt.Errorf("logind cannot be asked: %w", err)
	}
	follows()
	for {
		select {
		case signal, ok := <-signals:
			if !ok {
				return errors.New("the system bus has hung up")
			}
			if !l.heard(ctx, signal) {
				return errors.New("the session has ended")
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ownSession finds the session of the person's screen: the one that logind shows
// of the user, else the one we were started in. An app outlives the session that
// it was started in: that may be one of ssh, or one that has ended.
func (l *logind) ownSession(ctx context.Context) (dbus.Path, error) {
	path, err := l.displaySession(ctx)
	if id := os.Getenv("XDG_SESSION_ID"); err != nil && id != "" {
		err = l.ask(ctx, "GetSession", []any{id}, &path)
	}
	return path, err
}

// displaySession is the session of the user that has a screen.
func (l *logind) displaySession(ctx context.Context) (dbus.Path, error) {
	var user dbus.Path
	if err := l.ask(ctx, "GetUser", []any{uint32(os.Getuid())}, &user); err != nil {
		return "", err
	}
	var display struct {
		ID   string
		Path dbus.Path
	}
	if err := l.bus.Property(ctx, loginName, user, "org.freedesktop.login1.User", "Display", &display); err != nil {
		return "", err
	}
	if display.ID == "" {
		return "", errors.New("the user has no session with a screen")
	}
	return display.Path, nil
}

// ask calls a method of logind's manager.
func (l *logind) ask(ctx context.Context, method string, args []any, results ...any) error {
	return l.bus.Call(ctx, loginName, loginPath, loginManager+"."+method, args, results...)
}

// follow listens to our session, and then takes in how things are, so that nothing is
// missed between the two.
func (l *logind) follow(ctx context.Context) (signals <-chan *dbus.Signal, err error) {
	if l.session, err = l.ownSession(ctx); err != nil {
		return nil, err
	}
	signals, err = l.bus.Listen(ctx, dbus.From(loginName, l.session, "", ""),
		dbus.From(loginName, "", loginManager, "PrepareForSleep"), dbus.From(loginName, "", loginManager, "SessionRemoved"))
	if err != nil {
		return nil, err
	}
	l.hold(ctx)
	var locked bool
	if err := l.bus.Property(ctx, loginName, l.session, loginSession, "LockedHint", &locked); err != nil {
		return nil, err
	}
	l.locked(locked)
	return signals, nil
}

// heard takes in one signal, and says whether the session is still there.
func (l *logind) heard(ctx context.Context, signal *dbus.Signal) bool {
	switch signal.Name {
	case loginSession + ".Lock":
		l.locked(true)
	case loginSession + ".Unlock":
		l.locked(false)
	case dbus.Properties + ".PropertiesChanged":
		var of string
		var changed map[string]dbus.Variant
		var lost []string
		if !dbus.Read(signal, &of, &changed, &lost) {
			return true
		}
		if hint, ok := changed["LockedHint"].Value().(bool); ok {
			l.locked(hint)
		}
	case loginManager + ".SessionRemoved":
		var id string
		var path dbus.Path
		return !dbus.Read(signal, &id, &path) || path != l.session
	case loginManager + ".PrepareForSleep":
		var asleep bool
		if dbus.Read(signal, &asleep) {
			l.sleeps(ctx, asleep)
		}
	}
	return true
}

func (l *logind) locked(locked bool) {
	if !l.watcher.set(&l.watcher.locked, locked) {
		return
	}
	if locked {
		l.handle(ScreenLocked)
		return
	}
	l.handle(ScreenUnlocked)
}

// sleeps lets the machine fall asleep once everybody is ready, and puts the brake
// on again when it wakes.
func (l *logind) sleeps(ctx context.Context, asleep bool) {
	news := l.watcher.set(&l.watcher.asleep, asleep)
	if asleep {
		if news {
			l.handle(FallingAsleep)
		}
		l.release()
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l.hold(ctx)
	if news {
		l.handle(WokenUp)
	}
}

// hold asks logind to wait for us before it lets the machine fall asleep. When
// it does not, we hear of the sleep all the same.
func (l *logind) hold(ctx context.Context) {
	l.release()
	var fd dbus.FD
	err := l.ask(ctx, "Inhibit", []any{"sleep", "Vaultbar", "locks the keys before the machine sleeps", "delay"}, &fd)
	if err == nil {
		l.inhibitor = int(fd)
	}
}

// release lets the machine fall asleep.
func (l *logind) release() {
	if l.inhibitor >= 0 {
		_ = unix.Close(l.inhibitor)
		l.inhibitor = -1
	}
}

func (l *logind) end() {
	l.release()
	l.bus.Close()
}
