package searchprovider

import (
	"bufio"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore"
)

type fixed struct{}

func (fixed) Snapshot(context.Context) (vaultcore.Snapshot, error) { return snapshot(), nil }

// installed reads a file that tells a desktop where we are.
func installed(t *testing.T, name string) map[string]string {
	t.Helper()
	file, err := os.Open("../../../packaging/linux/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	keys := make(map[string]string)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), "="); ok {
			keys[key] = value
		}
	}
	return keys
}

// shell is a program that searches, under the name of a desktop's, or under none.
func shell(t *testing.T, s *desktoptest.Session, name string) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(s.Bus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if name != "" {
		if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
			t.Fatalf("%s: %v, %v", name, reply, err)
		}
	}
	return conn
}

// serve runs a provider and returns what was opened there.
func serve(t *testing.T, s *desktoptest.Session) <-chan string {
	t.Helper()
	opened := make(chan string, 10)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- Provider{
			Vault: fixed{},
			Open:  func(_ context.Context, profile string) { opened <- profile },
			Find:  func(context.Context) { opened <- "the dialog" },
		}.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	s.AwaitName(busName)
	return opened
}

func await(t *testing.T, opened <-chan string, want string) {
	t.Helper()
	select {
	case got := <-opened:
		if got != want {
			t.Errorf("%q was opened, want %q", got, want)
		}
	case <-time.After(desktoptest.Patience):
		t.Fatalf("%q was not opened", want)
	}
}

// TestGnomeSearches holds what GNOME Shell does from the Super key to Return.
func TestGnomeSearches(t *testing.T) {
	s := desktoptest.Enter(t)
	opened := serve(t, s)
	keys := installed(t, "gnome-search-provider.ini")
	object := shell(t, s, "org.gnome.Shell").Object(keys["BusName"], dbus.ObjectPath(keys["ObjectPath"]))
	call := func(method string, args ...any) *dbus.Call { return object.Call(gnome+"."+method, 0, args...) }

	var ids []string
	if err := call("GetInitialResultSet", []string{"pr"}).Store(&ids); err != nil || !slices.Equal(ids, []string{"prod-admin", "prod"}) {
		t.Fatalf("found %q: %v", ids, err)
	}
	if err := call("GetSubsearchResultSet", ids, []string{"prod", "adm"}).Store(&ids); err != nil || !slices.Equal(ids, []string{"prod-admin"}) {
		t.Fatalf("found %q: %v", ids, err)
	}
	var metas []map[string]dbus.Variant
	if err := call("GetResultMetas", []string{"prod-admin", "gone"}).Store(&metas); err != nil || len(metas) != 1 {
		t.Fatalf("shown as %v: %v", metas, err)
	}
	for key, want := range map[string]string{"id": "prod-admin", "name": "prod-admin", "gicon": "vaultbar"} {
		if got := metas[0][key].Value(); got != want {
			t.Errorf("%s is %v, want %q", key, got, want)
		}
	}
	if err := call("ActivateResult", "prod-admin", []string{"prod"}, uint32(1)).Err; err != nil {
		t.Fatal(err)
	}
	await(t, opened, "prod-admin")
	if err := call("LaunchSearch", []string{"prod"}, uint32(1)).Err; err != nil {
		t.Fatal(err)
	}
	await(t, opened, "the dialog")
}

// TestKRunnerSearches holds what KRunner does.
func TestKRunnerSearches(t *testing.T) {
	s := desktoptest.Enter(t)
	opened := serve(t, s)
	keys := installed(t, "krunner.desktop")
	object := shell(t, s, "org.kde.krunner").Object(keys["X-Plasma-DBusRunner-Service"], dbus.ObjectPath(keys["X-Plasma-DBusRunner-Path"]))

	actions := object.Call(krunner+".Actions", 0)
	if actions.Err != nil || actions.Body[0] == nil {
		t.Fatal(actions.Err)
	}
	found := object.Call(krunner+".Match", 0, "prod-admin")
	if signature := dbus.SignatureOf([]match{}).String(); signature != "a(sssida{sv})" {
		t.Errorf("matches are %s", signature)
	}
	var matches []match
	if err := found.Store(&matches); err != nil || len(matches) != 1 || matches[0].ID != "prod-admin" || matches[0].Kind != exactMatch {
		t.Fatalf("found %+v: %v", matches, err)
	}
	if err := object.Call(krunner+".Run", 0, "prod-admin", "").Err; err != nil {
		t.Fatal(err)
	}
	await(t, opened, "prod-admin")
}

// TestOnlyShellsAreAnswered holds that a program that no person searches with learns
// nothing and opens nothing.
func TestOnlyShellsAreAnswered(t *testing.T) {
	s := desktoptest.Enter(t)
	opened := serve(t, s)
	object := shell(t, s, "").Object(busName, path)
	for method, args := range map[string][]any{
		gnome + ".GetInitialResultSet": {[]string{"prod"}},
		gnome + ".GetResultMetas":      {[]string{"prod"}},
		gnome + ".ActivateResult":      {"prod", []string{}, uint32(0)},
		gnome + ".LaunchSearch":        {[]string{}, uint32(0)},
		krunner + ".Match":             {"prod"},
		krunner + ".Run":               {"prod", ""},
	} {
		var fault dbus.Error
		if err := object.Call(method, 0, args...).Err; !errors.As(err, &fault) || fault.Name != "org.freedesktop.DBus.Error.AccessDenied" {
			t.Errorf("%s: %v", method, err)
		}
	}
	select {
	case got := <-opened:
		t.Errorf("%q was opened", got)
	default:
	}
}
