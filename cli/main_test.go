//go:build unix

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/audit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// builtDir is where the tests build programs.
var builtDir string

// tests are all of them, with a folder to build programs in.
type tests struct{ *testing.M }

func (m tests) Run() int {
	dir, err := os.MkdirTemp("", "built")
	if err != nil {
		fatal("%s", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	builtDir = dir
	return m.M.Run()
}

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){
		"vaultbar":     Main,
		"aws-vault":    Main,
		"vaultbar-app": fakeApp,
		"broken-app":   brokenApp,
		"future-app":   futureApp,
		"leader":       leader,
	})
}

// mindSignals catches the signals that this process was started to ignore, as a
// job in the background is: its children would ignore them too. It is for the
// tests alone, not for the commands that this binary plays.
var mindSignals = sync.OnceFunc(func() {
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
})

// fakeApp is an app in a process of its own, for the tests of how it is started: the fake
// service on the real socket, one at a time. It verifies a trail as the real one does.
func fakeApp() {
	if len(os.Args) == 2 && os.Args[1] == "verify" {
		var folder string
		if err := json.NewDecoder(os.Stdin).Decode(&folder); err != nil {
			fatal("vaultbar-app: %s", err)
		}
		report, err := audit.Scan(folder, nil)
		if err != nil {
			fatal("vaultbar-app: %s", err)
		}
		_ = json.NewEncoder(os.Stdout).Encode(report)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	place, err := socket.Find(os.Getenv)
	if err != nil {
		fatal("vaultbar-app: %s", err)
	}
	listener, err := socket.Listen(ctx, place)
	if err != nil {
		os.Exit(0) // another one serves
	}
	if file := os.Getenv("APP_ENV_FILE"); file != "" {
		wd, _ := os.Getwd()
		text := fmt.Sprintf("dir %s\nleader %t\n", wd, syscall.Getpgrp() == os.Getpid())
		for _, entry := range os.Environ() {
			text += entry + "\n"
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			fatal("vaultbar-app: %s", err)
		}
	}
	fmt.Fprintf(os.Stderr, "vaultbar-app: process %d serves\n", os.Getpid())
	service := &stoppable{sampleService(), stop}
	service.About.PID = os.Getpid()
	if older := os.Getenv("APP_VERSION"); older != "" {
		service.About.Version = older
	}
	if err := (&agent.Server{Service: service, Version: service.About.Version, Describe: socket.Describe}).Serve(ctx, listener); err != nil {
		fatal("vaultbar-app: %s", err)
	}
	fmt.Fprintln(os.Stderr, "vaultbar-app: ended")
}

// futureApp is an app of another major version of the protocol: it refuses whatever
// this command says.
func futureApp() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	place, err := socket.Find(os.Getenv)
	if err != nil {
		fatal("future-app: %s", err)
	}
	listener, err := socket.Listen(ctx, place)
	if err != nil {
		fatal("future-app: %s", err)
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = fmt.Fprintln(conn, `{"error":{"code":"version","message":"this command is older than the running app","hint":"update the vaultbar command"}}`)
		_ = conn.Close()
	}
}

// brokenApp is an app that cannot start.
func brokenApp() { fatal("vaultbar-app: the disk is full\nhint: make room") }

func fatal(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// stoppable ends its process when it is told to stop.
type stoppable struct {
	*testkit.FakeService
	stop func()
}

func (s *stoppable) Stop(context.Context) error {
	s.stop()
	return nil
}

// world is a home of its own: an environment, and in it a socket.
type world struct {
	dir string
	env []string
}

// newWorld makes a home whose paths are short enough for a socket.
func newWorld(t testing.TB) world {
	t.Helper()
	mindSignals()
	dir, err := os.MkdirTemp("/tmp", "v")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stopApp(dir)
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return world{dir, worldEnv(dir)}
}

// stopApp ends an app that a test has started and left.
func stopApp(dir string) {
	if _, err := os.Stat(filepath.Join(dir, "vaultbar", "agent.sock")); err != nil {
		return
	}
	stop := exec.Command("vaultbar", "stop")
	stop.Env = worldEnv(dir)
	_ = stop.Run() // it may be ending already
}

// worldEnv is the environment of a command in a home.
func worldEnv(dir string) []string {
	return []string{
		"GORACE=atexit_sleep_ms=0", // else each command under the race detector takes a second to end
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "TMPDIR=" + dir, "SHELL=/bin/sh", "TERM=dumb",
	}
}

// serve serves a service in the world until the test ends.
func (w world) serve(t testing.TB, service agent.Service) {
	t.Helper()
	stop, err := listen(w.dir, service)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// listen serves a service in a home until stop is called.
func listen(dir string, service agent.Service) (stop func() error, err error) {
	place, err := socket.Find(environment(worldEnv(dir)).get)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	listener, err := socket.Listen(ctx, place)
	if err != nil {
		cancel()
		return nil, err
	}
	done := make(chan error, 1)
	go func() {
		done <- (&agent.Server{Service: service, Version: vaultcore.Version(), Describe: socket.Describe}).Serve(ctx, listener)
	}()
	return func() error {
		cancel()
		return <-done
	}, nil
}

// path is a path in the world.
func (w world) path(elem ...string) string {
	return filepath.Join(append([]string{w.dir}, elem...)...)
}
