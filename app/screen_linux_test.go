package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
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

// A locked screen locks the keys, where the person wants that.
func TestTheScreenLocksTheKeys(t *testing.T) {
	desk := desktoptest.Start(t, desktoptest.SystemBus)
	desk.Enter()
	lock := logind(t, desk)
	home := t.TempDir()
	env := environment{folders: appdirs.Folders{Config: filepath.Join(home, "c"), State: filepath.Join(home, "s"), Data: filepath.Join(home, "d")}, config: filepath.Join(home, "config")}
	if err := settings.Set(env.folders.Settings(), "lock_on_screen_lock", "yes"); err != nil {
		t.Fatal(err)
	}
	a, err := build(t.Context(), env, options{
		log: slog.New(slog.NewTextHandler(io.Discard, nil)), stop: func() {},
		open: func(context.Context, keystore.Options) (*keystore.Store, error) { return keystore.NewMemory(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	watched := make(chan struct{})
	go func() {
		a.watchScreen(ctx)
		close(watched)
	}()
	defer func() { stop(); <-watched }()
	desk.Eventually("the app hears that the screen is locked", func() bool {
		lock() // the first may come before the app listens
		return a.lock.Locked()
	})
	if _, err := a.lock.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"}); !errors.Is(err, vaultcore.ErrLocked) {
		t.Errorf("after the lock: %v", err)
	}
}
