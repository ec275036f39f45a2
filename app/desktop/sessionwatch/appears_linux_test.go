package sessionwatch

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// shortFolder is a folder whose path leaves room for a socket's.
func shortFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/tmp", "v")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// TestABusThatComesLate: while there is no bus nobody looks for it, and it is found at
// once when it comes, with the folders that lead to it or without.
func TestABusThatComesLate(t *testing.T) {
	path := filepath.Join(shortFolder(t), "run", "dbus", "socket")
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+path)
	ctx, cancel := context.WithCancel(t.Context())
	waits := func() (over chan bool) {
		err := new(Watcher).watch(ctx, func(Event) {}, func() { t.Error("a bus that is not there is followed") })
		over = make(chan bool, 1)
		go func() {
			waitToRetry(ctx, err, time.Hour)
			over <- true
		}()
		return over
	}
	for range 30 { // the folders come while they are looked for
		if err := os.RemoveAll(filepath.Dir(filepath.Dir(path))); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			over := waits()
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			bus, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			wait.For(t, "the bus is found", over) // sooner than after an hour
			if err := bus.Close(); err != nil {   // the folders stay
				t.Fatal(err)
			}
		}
	}
	over := waits()
	cancel()
	wait.For(t, "the wait for a bus ends", over)
}

// TestAppearsOnlyWhereSomebodyListens: a file that nobody answers at is no bus.
func TestAppearsOnlyWhereSomebodyListens(t *testing.T) {
	path := filepath.Join(shortFolder(t), "socket")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan bool, 1)
	go func() {
		appears(ctx, path)
		ended <- ctx.Err() != nil
	}()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	bus, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bus.Close() }()
	if wait.For(t, "the bus appears", ended) {
		t.Error("the bus was not found")
	}
	cancel()
	appears(ctx, "relative")
	appears(ctx, filepath.Join(path, "none"))
}
