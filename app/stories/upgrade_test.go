//go:build linux

package stories_test

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// installed is a folder that make installs into, and upgrades.
type installed struct {
	*world
	prefix string
}

// installing is held while make installs: what it has built of a version is there for
// the next who installs that.
var installing sync.Mutex

// install installs a version, as a person does it: over what is there.
func (i *installed) install(version string) {
	i.Helper()
	installing.Lock()
	defer installing.Unlock()
	cmd := exec.CommandContext(i.Context(), "make", "install", "PREFIX="+i.prefix, "BIN="+built().path(version), "VERSION="+version)
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		i.Fatalf("make install: %v\n%s", err, out)
	}
}

// vaultbar runs the installed command, and returns its stdout. It must succeed.
func (i *installed) vaultbar(args ...string) string {
	i.Helper()
	cmd := i.command(i.prefix+"/bin/vaultbar", args...)
	cmd.Stdin = strings.NewReader(keyJSON(i.aws.Key))
	got := i.do(cmd)
	if got.code != 0 {
		i.Fatalf("vaultbar %s: exit code %d\n%s", strings.Join(args, " "), got.code, got.stderr)
	}
	return got.stdout
}

// serve starts the installed app, as a service does that has the passphrase in its
// environment: then no restart asks for it.
func (i *installed) serve() {
	i.Helper()
	cmd := lasting(i.command(i.prefix + "/bin/vaultbar-app"))
	i.check(cmd.Start())
	go func() { _ = cmd.Wait() }()
	i.eventually("the app serves", func() bool { return i.appPID() == cmd.Process.Pid })
}

// running waits until an app of some version serves.
func (i *installed) running(version string) {
	i.Helper()
	i.eventually("the app is "+version, func() bool {
		got := i.do(i.command(i.prefix+"/bin/vaultbar", "status"))
		return strings.HasPrefix(got.stdout, "App       "+version+",")
	})
}

// An upgrade under a running app loses no session and asks nothing: the app becomes
// the new program, in the same process, when that costs nobody anything.
func TestUpgradeUnderARunningApp(t *testing.T) {
	t.Parallel()
	testenv.Root(t) // only root's programs are given the passphrase
	testenv.Program(t, "make", "make")
	i := &installed{world: newWorld(t)}
	i.prefix = i.path("p")
	i.install("v1.0.0")
	i.serve()
	i.vaultbar("add", "--stdin", bastion)
	i.vaultbar("export", "-t", i.code(), "--format=json", hoge)
	session := i.vaultbar("export", "--format=json", bastion)
	app := i.app()
	i.running("v1.0.0")
	i.aws.Server.ResetCalls()

	i.install("v1.1.0")
	if version := i.vaultbar("version"); !strings.HasPrefix(version, "vaultbar v1.1.0 ") {
		t.Errorf("installed is %s", version)
	}
	if same := i.vaultbar("export", "--format=json", bastion); same != session {
		t.Error("the session is another one right after the upgrade")
	}
	i.running("v1.1.0")
	if now := i.app(); now.pid != app.pid {
		t.Errorf("the app was process %d and is %d", app.pid, now.pid)
	}
	if same := i.vaultbar("export", "--format=json", bastion); same != session {
		t.Error("the session is another one after the app became the new version")
	}
	i.vaultbar("export", "--format=json", hoge)
	if n := i.aws.Server.Count("GetSessionToken"); n != 0 {
		t.Errorf("the upgrade cost %d codes", n)
	}
	if got := i.do(i.command(i.prefix+"/bin/vaultbar", "list")); got.stderr != "" {
		t.Errorf("two programs of one version have something to say: %s", got.stderr)
	}
}

// Where an upgrade would cost something the app that runs goes on, and a person is
// told; restart does it.
func TestUpgradeWaitsWhereItWouldCost(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "make", "make")
	i := &installed{world: newWorld(t)}
	i.prefix = i.path("p")
	i.install("v1.0.0")
	i.vaultbar("add", "--stdin", bastion)
	i.vaultbar("lock")
	app := i.app()
	i.install("v1.1.0")
	i.running("v1.0.0")
	got := i.do(i.command(i.prefix+"/bin/vaultbar", "status"))
	i.reads("", got.stderr)
	if !app.alive() || i.appPID() != app.pid {
		t.Error("a locked app has ended")
	}
	i.vaultbar("restart")
	i.running("v1.1.0")
	if i.appPID() == app.pid {
		t.Error("it is the same process still")
	}
}

// A program that does not run takes nobody's place.
func TestUpgradeToABrokenProgram(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	testenv.Program(t, "make", "make")
	i := &installed{world: newWorld(t)}
	i.prefix = i.path("p")
	i.install("v1.0.0")
	i.serve()
	i.vaultbar("add", "--stdin", bastion)
	app := i.app()
	path := i.prefix + "/bin/vaultbar-app"
	i.check(os.WriteFile(path+".new", []byte("\x7fELF, and no more"), 0o755))
	i.check(os.Rename(path+".new", path))
	i.vaultbar("list")
	i.eventually("the log names it", func() bool {
		text, _ := os.ReadFile(i.logFile())
		return strings.Contains(string(text), "does not run")
	})
	i.vaultbar("list")
	if !app.alive() {
		t.Error("the app has ended")
	}
	app.signal(syscall.SIGTERM)
}
