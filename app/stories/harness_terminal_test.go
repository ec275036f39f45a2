//go:build linux

package stories_test

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// ptySession is a terminal with a person at it, and the command that they typed.
type ptySession struct {
	w   *world
	cmd *exec.Cmd
	tty *os.File

	mu   sync.Mutex
	text strings.Builder // guarded by mu: all that was shown
	grew chan struct{}   // guarded by mu: closed when more was shown
	over bool            // guarded by mu: nothing more will be

	read int // how much of it the person has looked at
}

// sit runs a command on a terminal of its own. Streams that the command has set
// already stay as they are.
func (w *world) sit(cmd *exec.Cmd) *ptySession {
	w.Helper()
	s := &ptySession{w: w, cmd: cmd, grew: make(chan struct{})}
	master, err := pty.StartWithAttrs(cmd, nil, &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: ctty(cmd), Credential: w.credential()})
	w.check(err)
	s.tty = w.closable(master)
	go s.watch()
	w.Cleanup(s.leave)
	return s
}

// closable makes a terminal's master one that is closed at once, though
// somebody reads from it: package pty leaves it in blocking mode.
func (w *world) closable(master *os.File) *os.File {
	w.Helper()
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	w.check(err)
	w.check(master.Close())
	w.check(unix.SetNonblock(fd, true))
	return os.NewFile(uintptr(fd), "terminal")
}

// ctty is which of its streams a command has its terminal from.
func ctty(cmd *exec.Cmd) int {
	if cmd.Stdin == nil {
		return 0
	}
	return 2
}

// watch collects what is shown.
func (s *ptySession) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := s.tty.Read(buf)
		s.mu.Lock()
		s.text.Write(buf[:n])
		s.over = err != nil
		close(s.grew)
		s.grew = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// shown is all that was shown so far.
func (s *ptySession) shown() (text string, over bool, grew <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String(), s.over, s.grew
}

// expect waits until some text is shown that was not looked at yet.
func (s *ptySession) expect(wanted string) {
	s.w.Helper()
	s.until(wanted)
}

// until waits until one of several texts is shown, and returns which.
func (s *ptySession) until(wanted ...string) string {
	s.w.Helper()
	timeout := time.After(patience)
	for {
		text, over, grew := s.shown()
		for _, one := range wanted {
			if i := strings.Index(text[s.read:], one); i >= 0 {
				s.read += i + len(one)
				return one
			}
		}
		if over {
			s.w.Fatalf("the terminal ended without %q; it shows:\n%s", wanted, text)
		}
		select {
		case <-grew:
		case <-timeout:
			s.w.Fatalf("no %q within %s; the terminal shows:\n%s", wanted, patience, text)
		}
	}
}

// answer types a line.
func (s *ptySession) answer(line string) {
	s.w.Helper()
	s.press(line + "\n")
}

// press types some keys.
func (s *ptySession) press(keys string) {
	s.w.Helper()
	_, err := s.tty.WriteString(keys)
	s.w.check(err)
}

// wait waits for the command to end and returns its exit code.
func (s *ptySession) wait() int {
	s.w.Helper()
	return s.w.exit(s.cmd.Wait())
}

// all waits until nothing more is shown, and returns everything.
func (s *ptySession) all() string {
	s.w.Helper()
	timeout := time.After(patience)
	for {
		text, over, grew := s.shown()
		if over {
			return strings.ReplaceAll(text, "\r\n", "\n")
		}
		select {
		case <-grew:
		case <-timeout:
			s.w.Fatalf("the terminal does not end; it shows:\n%s", text)
		}
	}
}

// leave closes the terminal's window.
func (s *ptySession) leave() { _ = s.tty.Close() }

// codePrompt is how the question for an MFA code begins.
const codePrompt = "MFA code for "

// code is an MFA code that AWS will take. When all of this time are used up, AWS's
// clock is moved on.
func (w *world) code() string {
	code := w.aws.MFA.FreshCode()
	for code == "" {
		w.nextCode()
		code = w.aws.MFA.FreshCode()
	}
	return code
}

// nextCode moves AWS's clock on to where the device shows the next code.
func (w *world) nextCode() {
	w.ahead += 30 * time.Second
	w.aws.Server.SetClockOffset(w.ahead)
}

// signIn gives a profile its session: a person types one code.
func (w *world) signIn(profile string) {
	w.Helper()
	s := w.sit(w.command("vaultbar", "exec", profile, "--", "true"))
	s.expect(codePrompt)
	s.answer(w.code())
	if code := s.wait(); code != 0 {
		w.Fatalf("signing in to %s: exit code %d\n%s", profile, code, s.all())
	}
}

// asked is how often the question for a code was shown.
func (s *ptySession) asked() int { return strings.Count(s.all(), codePrompt) }
