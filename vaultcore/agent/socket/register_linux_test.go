package socket

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// places are those of one person with and without a runtime directory.
func places(t *testing.T) (desktop, cron Location) {
	t.Helper()
	dir := filepath.Dir(filepath.Dir(socketPath(t)))
	register := filepath.Join(dir, "state", "app-here")
	return Location{Socket: filepath.Join(dir, "run", "agent.sock"), Register: register}, Location{Socket: filepath.Join(dir, "state", "run", "agent.sock"), Register: register}
}

func reached(t *testing.T, place Location) bool {
	t.Helper()
	conn, err := Dial(t.Context(), place)
	if err != nil {
		if !errors.Is(err, ErrNotRunning) {
			t.Errorf("%v: %v", place, err)
		}
		return false
	}
	return conn.Close() == nil
}

// TestOneAppWhateverTheEnvironment holds that of two apps of one home the second
// gives way, that both kinds of callers find the first, and that all begins anew
// when it has ended.
func TestOneAppWhateverTheEnvironment(t *testing.T) {
	desktop, cron := places(t)
	for _, order := range [][2]Location{{desktop, cron}, {cron, desktop}} {
		l, err := Listen(t.Context(), order[0])
		must(t, err)
		if _, err := Listen(t.Context(), order[1]); !errors.Is(err, ErrRunning) {
			t.Errorf("a second app at %v: %v", order[1], err)
		}
		if !reached(t, order[0]) || !reached(t, order[1]) {
			t.Errorf("the app at %v is not found by all", order[0])
		}
		must(t, l.Close())
		if reached(t, order[0]) || reached(t, order[1]) {
			t.Error("an app that has ended is found")
		}
		if _, err := os.Lstat(order[0].Register); err == nil {
			t.Error("the register still names the app")
		}
	}
}

// A register that a killed app left, or that leads to something else, misleads
// nobody.
func TestStaleRegister(t *testing.T) {
	desktop, cron := places(t)
	must(t, os.MkdirAll(filepath.Dir(desktop.Register), 0o700))
	other := filepath.Join(filepath.Dir(desktop.Register), "file")
	must(t, os.WriteFile(other, nil, 0o600))
	for _, target := range []string{desktop.Socket, "/nonexistent/agent.sock", "relative", other, "/proc/1/cwd/agent.sock", desktop.Register} {
		must(t, os.Symlink(target, desktop.Register))
		if reached(t, cron) {
			t.Errorf("something answers at %q", target)
		}
		l, err := Listen(t.Context(), cron)
		must(t, err)
		if !reached(t, desktop) || !reached(t, cron) {
			t.Errorf("after %q the app is not found", target)
		}
		must(t, l.Close())
	}
	must(t, os.WriteFile(desktop.Register, []byte("x"), 0o600)) // no link at all
	l, err := Listen(t.Context(), cron)
	must(t, err)
	defer func() { _ = l.Close() }()
	if !reached(t, desktop) {
		t.Error("the app is not found")
	}
}

// TestRegisterThatCannotBeWritten holds that an app serves without one.
func TestRegisterThatCannotBeWritten(t *testing.T) {
	desktop, _ := places(t)
	must(t, os.WriteFile(filepath.Dir(desktop.Register), nil, 0o600)) // a file where the folder should be
	l, err := Listen(t.Context(), desktop)
	must(t, err)
	defer func() { _ = l.Close() }()
	if !reached(t, desktop) {
		t.Error("the app is not found")
	}
}

// Another machine that shares the home has a register of its own, and another home
// shares nothing.
func TestRegistersApart(t *testing.T) {
	desktop, cron := places(t)
	l, err := Listen(t.Context(), desktop)
	must(t, err)
	defer func() { _ = l.Close() }()
	elsewhere := Location{Socket: cron.Socket, Register: cron.Register + "2"}
	if reached(t, elsewhere) {
		t.Error("the app of another machine or home is found")
	}
	second, err := Listen(t.Context(), elsewhere)
	must(t, err)
	must(t, second.Close())
}

// An app whose register was removed ends, like one whose socket was: the next one
// would not find it.
func TestGuardOfTheRegister(t *testing.T) {
	desktop, _ := places(t)
	l, err := Listen(t.Context(), desktop)
	must(t, err)
	defer func() { _ = l.Close() }()
	synctest.Test(t, func(t *testing.T) {
		result := make(chan error, 1)
		go func() { result <- l.Guard(t.Context()) }()
		must(t, os.RemoveAll(filepath.Dir(desktop.Register)))
		removed := time.Now()
		if err := <-result; !errors.Is(err, errTaken) || time.Since(removed) > 65*time.Second {
			t.Errorf("got %v after %s, want errTaken", err, time.Since(removed))
		}
	})
}

// BenchmarkFind measures what finding the app adds to a command.
func BenchmarkFind(b *testing.B) {
	home := b.TempDir()
	must(b, os.Mkdir(filepath.Join(home, "run"), 0o700))
	env := map[string]string{"HOME": home, "XDG_RUNTIME_DIR": filepath.Join(home, "run")}
	place, err := Find(func(name string) string { return env[name] })
	must(b, err)
	l, err := Listen(b.Context(), place)
	must(b, err)
	defer func() { _ = l.Close() }()
	for b.Loop() {
		place, _ := Find(func(name string) string { return env[name] })
		if _, err := registered(b.Context(), place); err != errUnregistered {
			b.Fatal(err)
		}
	}
}
