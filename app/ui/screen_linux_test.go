package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// logind puts a logind on the system bus that knows one session, and returns how
// the desktop locks it.
func logind(t *testing.T, s *desktoptest.Session) (lock func()) {
	t.Helper()
	const name, session, user = "org.freedesktop.login1", dbus.ObjectPath("/org/freedesktop/login1/session/_31"), dbus.ObjectPath("/org/freedesktop/login1/user/_1")
	conn, err := dbus.Connect(s.SystemBus)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(err)
	t.Cleanup(func() { _ = conn.Close() })
	check(conn.ExportMethodTable(map[string]any{
		"GetUser": func(uint32) (dbus.ObjectPath, *dbus.Error) { return user, nil },
	}, "/org/freedesktop/login1", name+".Manager"))
	_, err = prop.Export(conn, session, prop.Map{name + ".Session": {"LockedHint": {Value: false}}})
	check(err)
	display := struct {
		ID   string
		Path dbus.ObjectPath
	}{"1", session}
	_, err = prop.Export(conn, user, prop.Map{name + ".User": {"Display": {Value: display}}})
	check(err)
	_, err = conn.RequestName(name, dbus.NameFlagDoNotQueue)
	check(err)
	return func() { check(conn.Emit(session, name+".Session.Lock")) }
}

// A locked screen locks the keys, where the person wants that: who waits gets
// nothing, no question stays open, and nothing is handed out.
func TestTheScreenLocksTheKeys(t *testing.T) {
	desk := desktoptest.Start(t, desktoptest.SystemBus)
	desk.Enter()
	lock := logind(t, desk)
	s, _ := newService(t, inMemory)
	ctx, stop := context.WithCancel(t.Context())
	watched := make(chan struct{})
	go func() {
		s.screen.watch(ctx, func() bool { return true }, func() {})
		close(watched)
	}()
	defer func() { stop(); <-watched }()

	asking, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := s.gate.Credentials(t.Context(), agent.CredentialsRequest{Profile: "hoge-system", Caller: lateAnswer(asking, "123456")})
		failed <- err
	}()
	<-asking
	desk.Eventually("the app hears that the screen is locked", func() bool {
		lock() // the first may come before the app listens
		select {
		case err := <-failed:
			if !errors.Is(err, vaultcore.ErrLocked) {
				t.Errorf("who waited got %v", err)
			}
			return true
		default:
			return false
		}
	})
	if n := len(s.desk.Open()); n != 0 {
		t.Errorf("%d questions are open behind the locked screen", n)
	}
	began := time.Now()
	_, err := s.gate.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"})
	if !errors.Is(err, vaultcore.ErrLocked) || time.Since(began) > time.Second {
		t.Errorf("after the lock: %v in %v", err, time.Since(began))
	}
}
