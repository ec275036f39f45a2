package atomicfile

import (
	"bufio"
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// saver is the test binary as a program that saves path.
func saver(path string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, "ATOMICFILE_TEST_SAVE="+path)...)
	return cmd
}

// bothWays runs a test with a saver that uses [WriteFile], and one that uses [Replace].
func bothWays(t *testing.T, test func(t *testing.T)) {
	t.Run("WriteFile", test)
	t.Run("Replace", func(t *testing.T) {
		t.Setenv("ATOMICFILE_TEST_REPLACE", "1")
		test(t)
	})
}

// TestKilled kills a program that saves without pause, at moments spread over
// its work: the file is always whole.
func TestKilled(t *testing.T) { bothWays(t, killed) }

func killed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	writeOld(t, path, 0o600)
	for range 60 {
		cmd := saver(path, "ATOMICFILE_TEST_LOOP=1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rand.IntN(40_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("the saver ended by itself: %v", err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != oldText && string(got) != newText {
			t.Fatalf("the file holds %q (%v)", got, err)
		}
	}
}

// TestOwnerKept lets root save another user's file.
func TestOwnerKept(t *testing.T) {
	testenv.Root(t)
	path := filepath.Join(t.TempDir(), "config")
	writeOld(t, path, 0o600)
	if err := os.Chown(path, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, []byte(newText), []byte(oldText)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 65534 || owner.Gid != 65534 {
		t.Errorf("the file now belongs to %d:%d", owner.Uid, owner.Gid)
	}
}

// TestReadOnlyFolder lets an ordinary user save into a folder that is closed.
func TestReadOnlyFolder(t *testing.T) {
	testenv.Root(t)
	path, cmd := ordinary(t, 0o666)
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	wantText(t, path, oldText)
	wantOnly(t, filepath.Dir(path), "config", "saver")
}

// TestForeignGroup lets an ordinary user save a file of theirs that belongs to a
// group which they are not in: the group cannot be kept, so its rights go.
func TestForeignGroup(t *testing.T) {
	testenv.Root(t)
	for mode, want := range map[os.FileMode]os.FileMode{0o664: 0o604, 0o600: 0o600} {
		path, cmd := ordinary(t, mode)
		for _, name := range []string{path, filepath.Dir(path)} {
			if err := os.Chown(name, 65534, 0); err != nil {
				t.Fatal(err)
			}
		}
		if code := exitCode(t, cmd); code != 0 {
			t.Errorf("exit code %d", code)
		}
		wantText(t, path, newText)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		owner := info.Sys().(*syscall.Stat_t)
		if owner.Uid != 65534 || owner.Gid != 65534 || info.Mode() != want {
			t.Errorf("the file belongs to %d:%d with mode %v", owner.Uid, owner.Gid, info.Mode())
		}
	}
}

// ordinary makes a folder with a file, and a program of an ordinary user that saves
// the file.
func ordinary(t *testing.T, mode os.FileMode) (path string, cmd *exec.Cmd) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "inifile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	binary := filepath.Join(dir, "saver")
	copyFile(t, os.Args[0], binary)
	path = filepath.Join(dir, "config")
	writeOld(t, path, mode)
	cmd = saver(path)
	cmd.Path, cmd.Dir = binary, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return path, cmd
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o755); err != nil {
		t.Fatal(err)
	}
}

func exitCode(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %s", err, out)
	}
	return cmd.ProcessState.ExitCode()
}

// traced runs the saver under strace and returns its exit code and the trace.
func traced(t *testing.T, path string, args ...string) (int, string) {
	t.Helper()
	strace := testenv.Program(t, "strace", "strace")
	log := filepath.Join(t.TempDir(), "trace")
	cmd := saver(path)
	cmd.Path = strace
	cmd.Args = append([]string{"strace", "-f", "-qq", "-y", "-o", log}, append(args, os.Args[0])...)
	code := exitCode(t, cmd)
	trace, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return code, string(trace)
}

// TestOrder holds the order of system calls that makes a save survive a power
// cut: written, synced, renamed, folder synced.
func TestOrder(t *testing.T) { bothWays(t, order) }

func order(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	writeOld(t, path, 0o600)
	code, trace := traced(t, path, "-e", "trace=openat,write,fsync,rename,renameat,renameat2")
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, trace)
	}
	steps := []string{"O_EXCL", "write(", "fsync(", "rename", "fsync("}
	lines := bufio.NewScanner(strings.NewReader(trace))
	for lines.Scan() {
		line := lines.Text()
		if strings.Contains(line, dir) && len(steps) > 0 && strings.Contains(line, steps[0]) {
			steps = steps[1:]
		}
	}
	if len(steps) > 0 {
		t.Errorf("no %q in order:\n%s", steps, trace)
	}
	if strings.Contains(trace, path+">, \"") {
		t.Errorf("the file itself was written to:\n%s", trace)
	}
}

// TestFaults makes each system call of a save fail in turn: the old text stays,
// the failure is told, nothing is left behind. Only the sync of the folder comes
// after the rename.
func TestFaults(t *testing.T) { bothWays(t, faults) }

func faults(t *testing.T) {
	tests := []struct {
		call, fault, want string
	}{
		{"write", "ENOSPC", oldText},
		{"write", "EDQUOT", oldText},
		{"fsync", "EIO", oldText},
		{"fsync:2", "EIO", newText},
		{"fchmod", "EPERM", oldText},
		{"renameat", "EACCES", oldText},
		{"openat", "EROFS", oldText},
	}
	for _, test := range tests {
		t.Run(test.call+" "+test.fault, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "config")
			writeOld(t, path, 0o600)
			call, when, _ := strings.Cut(test.call, ":")
			if when == "" {
				when = "1"
			}
			code, trace := 0, ""
			for try := 0; try == 0 || call == "openat" && try < maxTries && !failsCreation(trace); try++ {
				if call == "openat" {
					when = creation(t, path)
				}
				writeOld(t, path, 0o600)
				code, trace = traced(t, path, "-e", "trace="+call, "-e", "inject="+call+":error="+test.fault+":when="+when)
			}
			if code != 3 || !strings.Contains(trace, "INJECTED") {
				t.Errorf("exit code %d:\n%s", code, trace)
			}
			wantText(t, path, test.want)
			wantOnly(t, dir, "config")
		})
	}
}

// maxTries is how often the openat that is to fail is looked for: the runtime
// opens files of its own, not the same ones on the same thread each time.
const maxTries = 30

// failsCreation says whether it was the making of the file aside that failed.
func failsCreation(trace string) bool {
	for line := range strings.Lines(trace) {
		if strings.Contains(line, "O_EXCL") && strings.Contains(line, "INJECTED") {
			return true
		}
	}
	return false
}

// creation tells which openat of a save makes the file aside. strace counts them
// for each thread.
func creation(t *testing.T, path string) string {
	t.Helper()
	_, trace := traced(t, path, "-e", "trace=openat")
	calls := make(map[string]int)
	for line := range strings.Lines(trace) {
		thread, call, _ := strings.Cut(line, " ")
		if calls[thread]++; strings.Contains(call, "O_EXCL") {
			return strconv.Itoa(calls[thread])
		}
	}
	t.Fatalf("no O_EXCL in:\n%s", trace)
	return ""
}

// TestFullDisk saves to a disk that has no room.
func TestFullDisk(t *testing.T) {
	testenv.Root(t)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		testenv.That(t, false, "the right to mount: "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	path := filepath.Join(dir, "config")
	writeOld(t, path, 0o600)
	err := WriteFile(path, bytes.Repeat([]byte("#"), 1<<20), []byte(oldText))
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a full disk gives %v", err)
	}
	wantText(t, path, oldText)
	wantOnly(t, dir, "config")
}
