//go:build linux

package stories_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// readMemoryOf is a program of the same user that tries to read another
// process: its memory, its environment, as a debugger.
func readMemoryOf(args []string) error {
	dir := "/proc/" + args[0]
	for _, name := range []string{"mem", "environ", "maps"} {
		file, err := os.Open(filepath.Join(dir, name))
		if err == nil {
			_, err = file.Read(make([]byte, 1))
			_ = file.Close()
		}
		if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, unix.EIO) {
			fmt.Printf("%s: %v\n", name, err)
		}
	}
	pid, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	if err := unix.PtraceSeize(pid); !errors.Is(err, unix.EPERM) {
		fmt.Printf("ptrace: %v\n", err)
	}
	local := []unix.Iovec{{Base: new(byte), Len: 1}}
	if _, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: 0x400000, Len: 1}}, 0); !errors.Is(err, unix.EPERM) {
		fmt.Printf("process_vm_readv: %v\n", err)
	}
	return nil
}

// ordinary is the number of a user who is not root.
func ordinary() int {
	if uid := os.Getuid(); uid != 0 {
		return uid
	}
	return nobody
}

func TestMemoryIsClosedToTheSameUser(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, ordinary())
	w.add(plain, w.spare)
	w.export(plain)
	app := w.app()
	if uid := app.status("Uid"); uid != w.uid {
		t.Fatalf("the app runs as %d", uid)
	}
	spy := w.command(w.ownProgram(), strconv.Itoa(app.pid))
	spy.Env = w.with(roleVariable + "=spy")
	if got := w.do(spy); got.code != 0 || got.stdout != "" {
		t.Errorf("a program of the same user gets at the app:\n%s%s", got.stdout, got.stderr)
	}
	if gdb := testenv.Program(t, "gdb", "gdb"); gdb != "" {
		got := w.do(w.command(gdb, "-nx", "-batch", "-p", strconv.Itoa(app.pid)))
		if all := got.stdout + got.stderr; !strings.Contains(all, "not permitted") {
			t.Errorf("gdb attaches:\n%s", all)
		}
	}
}

// A spy that can read an ordinary process of its user shows that the test above
// can fail.
func TestTheSpyWorks(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, ordinary())
	victim := w.command("/bin/cat")
	in, err := victim.StdinPipe()
	w.check(err)
	out, err := victim.StdoutPipe()
	w.check(err)
	w.check(victim.Start())
	_, err = io.WriteString(in, "x")
	w.check(err)
	_, err = out.Read(make([]byte, 1)) // it runs
	w.check(err)
	spy := w.command(w.ownProgram(), strconv.Itoa(victim.Process.Pid))
	spy.Env = w.with(roleVariable + "=spy")
	got := w.do(spy)
	w.check(in.Close())
	w.check(victim.Wait())
	if !strings.Contains(got.stdout, "environ: <nil>") {
		t.Errorf("the spy cannot even read an open process:\n%s%s", got.stdout, got.stderr)
	}
}

func TestNoCoreFile(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, ordinary())
	start := w.command("/bin/sh", "-c", "ulimit -S -c unlimited; exec vaultbar list")
	if got := w.do(start); got.code != 0 {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	app := w.app()
	limits, err := os.ReadFile("/proc/" + strconv.Itoa(app.pid) + "/limits")
	w.check(err)
	for line := range strings.Lines(string(limits)) {
		if rest, ok := strings.CutPrefix(line, "Max core file size"); ok && strings.Fields(rest)[0] != "0" {
			t.Errorf("the app's limit of core files is %s", strings.Fields(rest)[0])
		}
	}
	app.signal(unix.SIGABRT)
	if !app.gone(patience) {
		t.Fatal("the app does not die of SIGABRT")
	}
	w.check(filepath.WalkDir(w.dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasPrefix(filepath.Base(path), "core") {
			t.Errorf("there is %s", path)
		}
		return err
	}))
	if _, err := os.Stat("/core"); err == nil {
		t.Error("there is /core")
	}
}

// What is closed is the app, not the programs that get credentials.
func TestExecsCommandIsAnOrdinaryProcess(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, ordinary())
	w.add(plain, w.spare)
	for _, limit := range []string{"0", "unlimited"} {
		script := "ulimit -S -c " + limit + " && exec vaultbar exec " + plain + ` -- sh -c 'echo core $(ulimit -S -c); cat /proc/self/environ | tr "\0" "\n" | grep -c ^AWS_SESSION_TOKEN='`
		got := w.do(w.command("/bin/sh", "-c", script))
		if want := "core " + limit + "\n1\n"; got.stdout != want {
			t.Errorf("exit code %d, printed %q, want %q\n%s", got.code, got.stdout, want, got.stderr)
		}
	}
}
