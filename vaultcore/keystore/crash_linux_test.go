package keystore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// The test binary runs itself again as a program that uses a keychain, so that
// it can be killed and traced.
const (
	roleVariable = "KEYSTORE_TEST_ROLE"
	dirVariable  = "KEYSTORE_TEST_DIR"
	stepVariable = "KEYSTORE_TEST_STEP"
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "":
		os.Exit(m.Run())
	case "writer":
		writeForEver(os.Getenv(dirVariable), os.Getenv(stepVariable))
	case "once":
		writeOnce(os.Getenv(dirVariable))
	}
}

func program(role, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, dirVariable+"="+dir)
	return cmd
}

func reopen(dir string) (*Store, error) {
	return Open(context.Background(), Options{Backend: "file", Dir: dir, Passphrase: (&person{answers: []string{"pass"}}).passphrase, cost: cheap})
}

// step does one of a row of writes that can be told apart afterwards.
func step(s *Store, n int) error {
	switch n % 3 {
	case 1:
		return s.SetKey(context.Background(), "other", key(n))
	case 2:
		return s.RemoveKey(context.Background(), "other")
	}
	return s.SetKey(context.Background(), "main", key(n))
}

// state is what a keychain holds after so many steps.
func state(n int) string {
	text := fmt.Sprintf("main=%s", key(n-n%3).AccessKeyID)
	if n%3 == 1 {
		text += fmt.Sprintf(" other=%s", key(n).AccessKeyID)
	}
	return text
}

// held is what a keychain does hold.
func held(s *Store) (string, error) {
	names, err := s.Names(context.Background())
	if err != nil {
		return "", err
	}
	var fields []string
	for _, name := range names {
		c, err := s.Key(context.Background(), name)
		if err != nil {
			return "", err
		}
		fields = append(fields, name+"="+c.AccessKeyID)
	}
	return strings.Join(fields, " "), nil
}

// writeForEver takes step after step, telling each when it is done.
func writeForEver(dir, from string) {
	s, err := reopen(dir)
	n, _ := strconv.Atoi(from)
	for err == nil {
		if err = step(s, n); err == nil {
			fmt.Println(n)
		}
		n++
	}
	fmt.Println("error", err)
	os.Exit(1)
}

// writeOnce replaces the key of main and says how it went.
func writeOnce(dir string) {
	s, err := reopen(dir)
	if err == nil {
		err = s.SetKey(context.Background(), "main", key(3))
	}
	if err != nil {
		fmt.Printf("%v\n%s\n", err, vaultcore.Hint(err))
		os.Exit(1)
	}
}

// TestKilledWhileWriting kills a program 100 times while it writes, 500 times in its long
// form: what the keychain holds is the state before or after the write that was under way.
func TestKilledWhileWriting(t *testing.T) {
	testenv.Time(t)
	kills := 100
	if testenv.Long() {
		kills = 500
	}
	dir := newDir(t)
	s, err := reopen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := step(s, 0); err != nil {
		t.Fatal(err)
	}
	done := 0
	for kill := range kills {
		said := killAtRandom(t, dir, done+1)
		s, err := reopen(dir)
		if err != nil {
			t.Fatalf("kill %d: %v", kill, err)
		}
		got, err := held(s)
		switch {
		case err != nil:
			t.Fatalf("kill %d after step %d: %v", kill, said, err)
		case got == state(said):
			done = said
		case got == state(said+1):
			done = said + 1
		default:
			t.Fatalf("kill %d after step %d: holds %q, want %q or %q", kill, said, got, state(said), state(said+1))
		}
		if _, err := os.Lstat(filepath.Join(dir, workFolder)); err == nil {
			t.Fatalf("kill %d: leftovers stay", kill)
		}
	}
	if done < kills {
		t.Errorf("only %d writes in %d runs: the kills came before them", done, kills)
	}
}

// killAtRandom runs the writer from a step on, kills it a while after its first
// write, and returns the last step that it said was done.
func killAtRandom(t *testing.T, dir string, from int) int {
	t.Helper()
	cmd := program("writer", dir)
	cmd.Env = append(cmd.Env, stepVariable+"="+strconv.Itoa(from))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var timer *time.Timer
	last := from - 1
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if timer == nil {
			timer = time.AfterFunc(rand.N(30*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatalf("the writer failed: %s", lines.Text())
		}
		last = n
	}
	_ = cmd.Wait()
	if timer != nil {
		timer.Stop()
	}
	return last
}

// TestKilledWhileMaking kills a program while it makes the keychain: it opens
// with the passphrase that was given, or is not there yet.
func TestKilledWhileMaking(t *testing.T) {
	testenv.Time(t)
	for range 40 {
		dir := newDir(t)
		cmd := program("once", dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(rand.N(60*time.Millisecond), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
		s, err := reopen(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := held(s); err != nil || got != "" && got != "main="+key(3).AccessKeyID {
			t.Fatalf("holds %q, %v", got, err)
		}
		mustSet(t, s, "main", key(4))
		wantKey(t, s, "main", key(4))
	}
}

// need ends or skips a test that the machine lacks something for; in CI
// nothing may be missing.
func installed(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

// holder is a keychain that holds the first key of main.
func holder(t *testing.T, dir string) {
	t.Helper()
	s, err := reopen(dir)
	if err != nil {
		t.Fatal(err)
	}
	mustSet(t, s, "main", key(0))
}

func wantOld(t *testing.T, dir string) {
	t.Helper()
	s, err := reopen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := held(s); err != nil || got != state(0) {
		t.Errorf("holds %q, %v; want the old value", got, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, workFolder)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("leftovers stay")
	}
}

// wantOldOrNew holds that a write which failed has left one of both.
func wantOldOrNew(t *testing.T, dir string) {
	t.Helper()
	s, err := reopen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := held(s); err != nil || got != state(0) && got != state(3) {
		t.Errorf("holds %q, %v; want the old value or the new", got, err)
	}
}

// trace runs one write under strace, which looks at calls on paths only.
func trace(t *testing.T, dir string, args ...string) (log string, output string, err error) {
	t.Helper()
	testenv.Program(t, "strace", "strace")
	file := filepath.Join(t.TempDir(), "log")
	cmd := program("once", dir)
	cmd.Args = append([]string{"strace", "-f", "-y", "-qq", "-o", file, "-e", "signal=none",
		"-P", dir, "-P", filepath.Join(dir, "vaultbar.key.main"), "-P", filepath.Join(dir, ".w/vaultbar.key.main")}, append(args, os.Args[0])...)
	cmd.Path, _ = exec.LookPath("strace")
	out, err := cmd.CombinedOutput()
	text, readErr := os.ReadFile(file)
	if readErr != nil {
		t.Fatal(readErr)
	}
	testenv.That(t, !strings.Contains(string(out), "ptrace"), "permission to trace")
	return string(text), string(out), err
}

// TestWriteOrder: the item is made aside, synced, renamed, and the rename is
// synced, in this order.
func TestWriteOrder(t *testing.T) {
	dir := newDir(t)
	holder(t, dir)
	log, out, err := trace(t, dir, "-e", "trace=/^(openat|write|fsync|rename.*)$")
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := []string{"O_CREAT", "write(", "fsync(", "rename", "fsync("}
	lines := strings.Split(log, "\n")
	for _, line := range lines {
		if len(want) > 0 && strings.Contains(line, want[0]) {
			want = want[1:]
		}
	}
	if len(want) > 0 {
		t.Errorf("no %q in its place:\n%s", want[0], log)
	}
	for _, line := range lines {
		if strings.Contains(line, "O_TRUNC") && !strings.Contains(line, "/.w/") {
			t.Errorf("written in place: %s", line)
		}
	}
}

// TestFailingDisk fails every call that a write needs: the old value stays, the
// error says what happened, nothing is left behind.
func TestFailingDisk(t *testing.T) {
	for call, words := range map[string]string{
		"write:error=ENOSPC":         "the disk is full",
		"write:error=EDQUOT":         "the disk is full",
		"write:error=EIO":            "input/output error",
		"fsync:error=EIO:when=1":     "input/output error",
		"fsync:error=ENOSPC:when=1":  "the disk is full",
		"/^rename.*:error=EIO":       "input/output error",
		"/^rename.*:error=EROFS":     "read-only",
		"openat:error=EACCES:when=1": "no permission",
	} {
		t.Run(call, func(t *testing.T) {
			dir := newDir(t)
			holder(t, dir)
			name, _, _ := strings.Cut(call, ":")
			_, out, err := trace(t, dir, "-e", "trace="+name, "-e", "inject="+call)
			if err == nil {
				t.Fatal("the write said that it was done")
			}
			if !strings.Contains(out, words) {
				t.Errorf("said %q, want %q", out, words)
			}
			wantOld(t, dir)
		})
	}
}

// TestFailingOpen fails the opening of a file at every point of a write in turn. Strace
// counts by threads, so which one fails, if any, is told by its log: when it is the file
// that is being written, the write says that it has failed. Either value is whole then, as
// the folder's own sync comes after the rename; what is said to be done is.
func TestFailingOpen(t *testing.T) {
	for n := 1; n <= 7; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			dir := newDir(t)
			holder(t, dir)
			log, out, err := trace(t, dir, "-e", "trace=openat", "-e", fmt.Sprintf("inject=openat:error=EACCES:when=%d", n))
			for line := range strings.Lines(log) {
				if strings.Contains(line, "(INJECTED)") && strings.Contains(line, workFolder+"/") && err == nil {
					t.Errorf("said to be done: %s", line)
				}
			}
			if err != nil {
				t.Logf("%v: %s", err, out)
				wantOldOrNew(t, dir)
				return
			}
			if s, err := reopen(dir); err != nil {
				t.Fatal(err)
			} else if got, err := held(s); err != nil || got != state(3) {
				t.Errorf("holds %q, %v; want the new value", got, err)
			}
		})
	}
}

// mount makes a small disk of its own.
func mount(t *testing.T, options string) string {
	t.Helper()
	testenv.Root(t)
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options)
	testenv.That(t, err == nil, "permission to mount")
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func TestFullDisk(t *testing.T) {
	disk := mount(t, "size=64k,mode=0700")
	dir := filepath.Join(disk, "keys")
	holder(t, dir)
	err := os.WriteFile(filepath.Join(disk, "filler"), make([]byte, 64<<10), 0o600)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
	s, err := reopen(dir)
	if err != nil {
		t.Fatal(err)
	}
	err = s.SetKey(context.Background(), "main", key(1))
	wantMessage(t, "key", err, vaultcore.ErrKeychain, dir, "DIR")
	err = s.SaveSession(context.Background(), "00112233", []byte("x"))
	wantMessage(t, "session", err, vaultcore.ErrKeychain, dir, "DIR")
	wantOld(t, dir)
}

func TestReadOnlyDisk(t *testing.T) {
	disk := mount(t, "size=1m,mode=0700")
	dir := filepath.Join(disk, "keys")
	holder(t, dir)
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	s, err := reopen(dir)
	if err != nil {
		t.Fatal(err)
	}
	wantMessage(t, "set", s.SetKey(context.Background(), "main", key(1)), vaultcore.ErrKeychain, dir, "DIR")
	wantMessage(t, "remove", s.RemoveKey(context.Background(), "main"), vaultcore.ErrKeychain, dir, "DIR")
	wantOld(t, dir)
	none, err := reopen(filepath.Join(disk, "none"))
	if err != nil {
		t.Fatal(err)
	}
	wantNames(t, none)
	wantMessage(t, "new", none.SetKey(context.Background(), "main", key(1)), vaultcore.ErrKeychain, disk, "DISK")
}

// TestNoPermission runs as a user who may not write to the keychain's folder.
func TestNoPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	dir := filepath.Join(t.TempDir(), "keys")
	holder(t, dir)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(dir, 0o700) }()
	s, err := reopen(dir)
	if err != nil {
		t.Fatal(err)
	}
	err = s.SetKey(context.Background(), "main", key(1))
	if wantErr(t, err, vaultcore.ErrKeychain); !strings.Contains(err.Error(), dir) {
		t.Errorf("the folder is not named: %v", err)
	}
	wantOld(t, dir)
}

// asNobody runs the same test as a user whom permissions hold for. Such a user
// cannot reach the folder that go test builds into, so the program is copied.
func asNobody(t *testing.T) {
	t.Helper()
	home, err := os.MkdirTemp("", "keystore")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(home)
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(home, "keystore.test")
	if err := errors.Join(os.WriteFile(program, text, 0o755), os.Chmod(home, 0o755), os.Mkdir(home+"/tmp", 0o755), os.Chown(home+"/tmp", 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "CI=" + os.Getenv("CI"), "TMPDIR=" + home + "/tmp", "HOME=" + home}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}
