//go:build linux || darwin

package socket

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The test binary plays other programs too: with ROLE set it is one of these,
// and reads the path from SOCKET.
var roles = map[string]func(path string) error{
	"listen": playListen,
	"dial":   playDial,
	"raw":    playRaw,
	"launch": playLaunch,
	"pass":   playPass,
	"handed": playHanded,
	"handon": playHandOn,
	"hold":   func(string) error { _, err := io.Copy(io.Discard, os.Stdin); return err },
}

func TestMain(m *testing.M) {
	role, ok := roles[os.Getenv("ROLE")]
	if !ok {
		os.Exit(m.Run())
	}
	if err := role(os.Getenv("SOCKET")); err != nil {
		fmt.Println("error:", err)
		if errors.Is(err, ErrRunning) {
			os.Exit(3)
		}
		os.Exit(1)
	}
}

// playListen is an app: it greets each caller until its stdin ends.
func playListen(path string) error {
	syscall.Umask(0)
	l, err := Listen(context.Background(), Location{Socket: path})
	if err != nil {
		return err
	}
	l.Refused = func(uid int, _ error) { fmt.Println("refused:", uid) }
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "hello")
			_ = c.Close()
		}
	}()
	fmt.Println("listening")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return l.Close()
}

// playDial is a caller that checks whom it reaches.
func playDial(path string) error {
	c, err := Dial(context.Background(), Location{Socket: path})
	if err != nil {
		return err
	}
	return readAll(c)
}

// playRaw is a caller that checks nothing.
func playRaw(path string) error {
	c, err := net.Dial("unix", path)
	if err != nil {
		return err
	}
	return readAll(c)
}

func readAll(c net.Conn) error {
	text, err := io.ReadAll(c)
	fmt.Printf("read %d bytes: %v\n", len(text), err)
	return err
}

// playLaunch is a program that runs vaultbar, as an SDK runs a
// credential_process.
func playLaunch(path string) error {
	cmd := exec.Command("/bin/sh", "-c", `"$1" & wait`, "sh", filepath.Join(filepath.Dir(path), "vaultbar"))
	cmd.Env = []string{"ROLE=raw", "SOCKET=" + path}
	cmd.Stdout = os.Stdout
	return cmd.Run()
}

// playPass connects, hands the connection on to another process, and ends.
func playPass(path string) error {
	c, err := net.Dial("unix", path)
	if err != nil {
		return err
	}
	file, err := c.(*net.UnixConn).File()
	if err != nil {
		return err
	}
	child := exec.Command("/proc/self/exe")
	child.Env, child.Stdin, child.ExtraFiles = append(os.Environ(), "ROLE=hold"), os.Stdin, []*os.File{file}
	return child.Start()
}

// playHanded is an app whose socket was opened for it: it says at which descriptor, and
// at which path it serves.
func playHanded(path string) error {
	opened := Handed(os.Getenv)
	if opened == nil {
		return errors.New("nothing was handed over")
	}
	at := opened.Fd()
	l, err := Listen(context.Background(), Location{Socket: path, Handed: opened})
	if err != nil {
		return err
	}
	fmt.Println("descriptor", at, "serves", l.Addr())
	return l.Close()
}

// playHandOn is such an app that becomes another program.
func playHandOn(path string) error {
	env, err := HandOn(Handed(os.Getenv))
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, append(env, "ROLE=handed", "SOCKET="+path))
}

// process of a role, as the test holds it.
type player struct {
	*exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
}

// play starts a role; change may alter the command first.
func play(t *testing.T, role, path string, change func(*exec.Cmd)) *player {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "ROLE="+role, "SOCKET="+path)
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if change != nil {
		change(cmd)
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &player{cmd, stdin, bufio.NewScanner(stdout)}
}

// line returns the next line that the role printed.
func (p *player) line(t *testing.T) string {
	t.Helper()
	if !p.lines.Scan() {
		t.Fatalf("%s ended without a word: %v", p.Path, p.lines.Err())
	}
	return p.lines.Text()
}

// as runs a role as another user. The binary is named by a path that any user
// can follow.
func as(uid uint32) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		cmd.Path = "/proc/self/exe"
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
	}
}

const nobody = 65534

// socketPath returns a path in a new folder that nobody has made yet; short,
// as the path of a socket must be.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "vb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "run", "agent.sock")
}

func listenAt(t *testing.T, path string) *Listener {
	t.Helper()
	l, err := Listen(t.Context(), Location{Socket: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func wantError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("got error %v, want one with %q", err, part)
	}
}
