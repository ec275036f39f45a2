//go:build linux

package stories_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// dialAsOther connects to a socket, asks for credentials, and prints how
// many bytes came back.
func dialAsOther(args []string) error {
	conn, err := net.DialTimeout("unix", args[0], patience)
	if err != nil {
		return err
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, `{"v":1,"op":"credentials","profile":"`+plain+`"}`+"\n") // it may be closed already
	reply, err := io.ReadAll(conn)
	var broken net.Error
	if errors.As(err, &broken) && broken.Timeout() {
		return err
	}
	fmt.Println(len(reply))
	return nil
}

func TestAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := plainWorld(t)
	w.export(plain)
	w.check(os.Chmod(w.path("r"), 0o755)) // somebody opened the doors by mistake
	w.check(os.Chmod(filepath.Dir(w.socketPath()), 0o755))
	w.check(os.Chmod(w.socketPath(), 0o666))
	w.uid = nobody
	other := w.command(w.ownProgram(), w.socketPath())
	other.Env, other.Dir = w.with(roleVariable+"=dial"), "/"
	if got := w.do(other); got.code != 0 || got.stdout != "0\n" {
		t.Errorf("a stranger got %s bytes, exit code %d %s", strings.TrimSpace(got.stdout), got.code, got.stderr)
	}
	cli := w.command("vaultbar", "export", plain)
	cli.Dir = "/"
	if got := w.do(cli); got.code == 0 || got.stdout != "" {
		t.Errorf("vaultbar of another user: exit code %d, %d bytes\n%s", got.code, len(got.stdout), got.stderr)
	}
	w.uid = os.Getuid()
	if log, _ := os.ReadFile(w.logFile()); !bytes.Contains(log, []byte(fmt.Sprint(nobody))) {
		t.Errorf("the log does not name the stranger:\n%s", log)
	}
	w.export(plain)
}

func TestTwentyAppsLeaveOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type app struct {
		cmd    *exec.Cmd
		stderr bytes.Buffer
	}
	apps := make([]*app, 20)
	ended := make(chan *app, len(apps))
	for i := range apps {
		a := &app{cmd: w.command("vaultbar-app")}
		a.cmd.Stderr = &a.stderr
		w.check(a.cmd.Start())
		apps[i] = a
		go func() { _ = a.cmd.Wait(); ended <- a }()
	}
	for range len(apps) - 1 {
		a := wait.For(t, "an app that came too late ends", ended)
		if code := a.cmd.ProcessState.ExitCode(); code != 0 || !strings.Contains(a.stderr.String(), "already running") {
			t.Errorf("one that came too late: exit code %d, %q", code, a.stderr.Bytes())
		}
	}
	w.eventually("one app serves", func() bool { return w.appPID() != 0 })
	before, err := os.Stat(w.socketPath())
	w.check(err)
	late := w.do(w.command("vaultbar-app"))
	after, err := os.Stat(w.socketPath())
	w.check(err)
	if late.code != 0 || !os.SameFile(before, after) {
		t.Errorf("another one: exit code %d, the same socket: %t", late.code, os.SameFile(before, after))
	}
	w.must("list")
	w.stop()
	wait.For(t, "the app that served ends", ended)
}

// nonsense is what a broken or hostile program may send.
func nonsense(random *rand.Rand) []byte {
	switch random.IntN(6) {
	case 0: // noise
		noise := make([]byte, 1+random.IntN(4096))
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		return noise
	case 1: // a line that never ends
		return bytes.Repeat([]byte("a"), 300<<10)
	case 2: // half a frame
		return []byte(`{"v":1,"op":"credentials","pro`)
	case 3: // JSON that is no request
		return []byte("[1,2,3]\n\"x\"\nnull\n{}\n")
	case 4: // deep
		return append(bytes.Repeat([]byte("["), 100<<10), '\n')
	default: // an answer that nobody asked for, a version that nobody speaks
		return []byte(`{"answer":{"id":7,"text":"123456"}}` + "\n" + `{"v":99,"op":"credentials"}` + "\n")
	}
}

func TestBrokenPeersHurtNobody(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	want := w.export(plain)
	app := w.app()
	const peers = 300
	var sending sync.WaitGroup
	for i := range peers {
		sending.Go(func() {
			conn, err := net.Dial("unix", w.socketPath())
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(patience))
			_, _ = conn.Write(nonsense(rand.New(rand.NewPCG(1, uint64(i))))) // the app may hang up meanwhile
			_, _ = io.Copy(io.Discard, conn)                                 // until it does
		})
	}
	for range 30 {
		if got := w.export(plain); got != want {
			t.Error("the answer is another one")
		}
	}
	sending.Wait() // the app has closed every one of them
	if !app.alive() || w.export(plain) != want {
		t.Error("the app has not lived through it")
	}
}

// Programs that connect and say nothing are many more than the app serves at a
// time.
func TestSilentPeersHurtNobody(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	want := w.export(plain)
	const peers = 1000
	for range peers {
		conn, err := net.Dial("unix", w.socketPath())
		w.check(err)
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "{") // it may have been dismissed already
	}
	for range 20 {
		if got := w.export(plain); got != want {
			t.Error("the answer is another one")
		}
	}
}

// The app may have fewer descriptors than others can open connections.
func TestSilentPeersTakeNoDescriptors(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	want := w.export(plain)
	w.stop()
	cmd := w.command("/bin/sh", "-c", `ulimit -n 64; exec "$0"`, built().path("vaultbar-app"))
	ended := w.serve(cmd)
	if pid := w.appPID(); pid != cmd.Process.Pid {
		t.Fatalf("process %d serves, not %d", pid, cmd.Process.Pid)
	}
	for range 200 {
		conn, err := net.Dial("unix", w.socketPath())
		w.check(err)
		defer func() { _ = conn.Close() }()
	}
	began := time.Now()
	for range 5 {
		if got := w.export(plain); got != want {
			t.Error("the answer is another one")
		}
	}
	if took := time.Since(began); took > idleTime/2 {
		t.Errorf("five answers took %s", took)
	}
	w.stop()
	ended()
}

// idleTime is when a silent peer is hung up on in any case.
const idleTime = time.Minute

// What credential_process prints is one object or nothing, whatever AWS does.
func TestOneObjectOrNothing(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	for _, fault := range faults() {
		for _, times := range []int{1, 0} {
			w.must("clear")
			w.aws.Server.Fault(fault.of("GetSessionToken", times))
			got := w.run("export", "--format=json", plain)
			w.aws.Server.ClearFaults()
			decoder := json.NewDecoder(strings.NewReader(got.stdout))
			var g granted
			err := decoder.Decode(&g)
			if ok := err == nil && !decoder.More(); ok != (got.code == 0) || !ok && got.stdout != "" {
				t.Errorf("%s: exit code %d with %d bytes, %v", fault.name, got.code, len(got.stdout), err)
			}
		}
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	w.check(err)
	defer func() { _ = full.Close() }()
	cmd := w.command("vaultbar", "export", "--format=json", plain)
	cmd.Stdout = full
	if got := w.do(cmd); got.code == 0 {
		t.Error("a full disk behind stdout goes unnoticed")
	}
	if got := w.do(w.command("/bin/sh", "-c", "exec vaultbar export --format=json "+plain+" >&-")); got.code == 0 {
		t.Error("a closed stdout goes unnoticed")
	}
}
