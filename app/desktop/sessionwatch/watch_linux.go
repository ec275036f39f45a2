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
	signals   <-chan *dbus.Signal
	session   dbus.Path
	hint      bool // the screen locker says that it has locked the screen
	elsewhere bool // another session has the screen
	inhibitor int  // what keeps the machine from falling asleep before we are ready; -1 without
}

// watch follows logind until it or the session ends. Where there is no bus yet, no logind
// on it, or no session of the person's, the error waits for that.
func (s *Watcher) watch(ctx context.Context, handle func(Event), follows func()) error {
	starting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	bus, err := dbus.System(starting)
	if err != nil {
		return absent{cannotAsk(err), func(ctx context.Context) { appears(ctx, dbus.SystemSocket()) }}
	}
	l := &logind{watcher: s, handle: handle, bus: bus, inhibitor: -1}
	if err := l.find(starting); err != nil {
		return absent{cannotAsk(err), l.await}
	}
	follows()
	return absent{l.listen(ctx), l.await}
}

func cannotAsk(err error) error { return fmt.Errorf("logind cannot be asked: %w", err) }

// await waits until a session or a logind comes, the bus ends, or ctx does. It ends the
// connection.
func (l *logind) await(ctx context.Context) {
	defer l.bus.Close()
	l.release()
	for l.signals != nil {
		select {
		case signal, ok := <-l.signals:
			if !ok || signal.Name == loginManager+".SessionNew" || signal.Name == dbus.OwnerChanged {
				return
			}
		case <-ctx.Done():
			return
		}
	}
	<-ctx.Done()
}

// listen takes in what logind says, and returns why it does no more.
func (l *logind) listen(ctx context.Context) error {
	for {
		select {
		case signal, ok := <-l.signals:
			if !ok {
				return errors.New("the system bus has hung up")
			}
			if why := l.heard(ctx, signal); why != nil {
				return why
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

// find finds our session and listens to it, and then takes in how things are, so that
// nothing is missed between the two.
func (l *logind) find(ctx context.Context) (err error) {
	l.signals, err = l.bus.Listen(ctx, dbus.OwnerOf(loginName), dbus.From(loginName, "", loginManager, "PrepareForSleep"),
		dbus.From(loginName, "", loginManager, "SessionNew"), dbus.From(loginName, "", loginManager, "SessionRemoved"))
	if err != nil {
		return err
	}
	if l.session, err = l.ownSession(ctx); err != nil {
		return err
	}
	if err := l.bus.ListenFor(ctx, dbus.From(loginName, l.session, "", "")); err != nil {
		return err
	}
	l.hold(ctx)
	if err := l.bus.Property(ctx, loginName, l.session, loginSession, "LockedHint", &l.hint); err != nil {
		return err
	}
	active := true
	_ = l.bus.Property(ctx, loginName, l.session, loginSession, "Active", &active) // as it is where nobody says
	l.elsewhere = !active
	l.seen()
	return nil
}

// seen takes in whether the person can see the screen.
func (l *logind) seen() {
	locked, event := l.hint || l.elsewhere, ScreenUnlocked
	if locked {
		event = ScreenLocked
	}
	l.watcher.note(&l.watcher.locked, locked, event, l.handle)
}

// heard takes in one signal, and returns why the session is over, if it is.
func (l *logind) heard(ctx context.Context, signal *dbus.Signal) error {
	switch signal.Name {
	case loginSession + ".Lock":
		l.hint = true
		l.seen()
	case loginSession + ".Unlock":
		l.hint = false
		l.seen()
	case dbus.Properties + ".PropertiesChanged":
		l.changed(signal)
	case loginManager + ".SessionRemoved":
		var id string
		var path dbus.Path
		if dbus.Read(signal, &id, &path) && path == l.session {
			return errors.New("the session has ended")
		}
	case dbus.OwnerChanged:
		return errors.New("logind has ended or was started again")
	case loginManager + ".PrepareForSleep":
		var asleep bool
		if dbus.Read(signal, &asleep) {
			l.sleep(ctx, asleep)
		}
	}
	return nil
}

// changed takes in new properties of the session.
func (l *logind) changed(signal *dbus.Signal) {
	var of string
	var changed map[string]dbus.Variant
	var lost []string
	if !dbus.Read(signal, &of, &changed, &lost) {
		return
	}
	if hint, ok := changed["LockedHint"].Value().(bool); ok {
		l.hint = hint
	}
	if active, ok := changed["Active"].Value().(bool); ok {
		l.elsewhere = !active
	}
	l.seen()
}

// sleep lets the machine fall asleep once everybody is ready, and puts the brake
// on again when it wakes.
func (l *logind) sleep(ctx context.Context, asleep bool) {
	if asleep {
		l.watcher.note(&l.watcher.asleep, true, FallingAsleep, l.handle)
		l.release()
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l.hold(ctx)
	l.watcher.note(&l.watcher.asleep, false, WokenUp, l.handle)
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
