package desktoptest

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Service is a program of the desktop that runs until it is stopped.
type Service struct {
	name  string
	s     *Session
	build func() *exec.Cmd
	ready func()

	mu   sync.Mutex // guards what follows
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
}

// service starts a program; ready waits until it does its work.
func (s *Session) service(name string, build func() *exec.Cmd, ready func()) *Service {
	s.t.Helper()
	one := &Service{name: name, s: s, build: build, ready: ready}
	one.Start()
	return one
}

// Start starts the program again after a Stop, and waits until it is there.
func (v *Service) Start() {
	v.s.t.Helper()
	cmd := v.build()
	cmd.Env = append(cmd.Env, v.s.Env()...)
	cmd.Dir = v.s.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	log, err := os.OpenFile(v.s.path("log", v.name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	v.s.check(err)
	cmd.Stdout, cmd.Stderr = log, log
	v.s.check(cmd.Start())
	v.s.check(log.Close())
	for _, file := range cmd.ExtraFiles {
		_ = file.Close()
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(done)
	}()
	v.mu.Lock()
	v.cmd, v.done = cmd, done
	v.mu.Unlock()
	v.ready()
}

// PID is the program's process.
func (v *Service) PID() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.cmd == nil {
		return 0
	}
	return v.cmd.Process.Pid
}

// Stop ends the program as a logout would; one that does not listen is killed.
func (v *Service) Stop() { v.stop(syscall.SIGTERM) }

// Kill ends the program as a crash would.
func (v *Service) Kill() { v.stop(syscall.SIGKILL) }

func (v *Service) stop(sig syscall.Signal) {
	v.mu.Lock()
	cmd, done := v.cmd, v.done
	v.cmd = nil
	v.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = syscall.Kill(-cmd.Process.Pid, sig) // it may be gone already
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-done
	}
}

// sweep kills what the desktop's programs left behind, such as services that the
// bus had started, and returns how many there were. They carry the token of this
// desktop and of no other. One that was killed may write until it has ended, and the
// next sweep still finds it.
func (s *Session) sweep() (found int) {
	for _, pid := range s.processes() {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
		found++
	}
	return found
}

// processes are those of this desktop, but for the test's own.
func (s *Session) processes() (pids []int) {
	entries, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is good
	for _, entry := range entries {
		environ, err := os.ReadFile(entry)
		if err != nil || !bytes.Contains(append([]byte{0}, environ...), []byte("\x00"+s.token+"\x00")) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(entry)))
		if err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

// CommandLines are those of the programs of this desktop, with a space between two
// arguments.
func (s *Session) CommandLines() (lines []string) {
	for _, pid := range s.processes() {
		if text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline"); err == nil {
			lines = append(lines, strings.ReplaceAll(string(text), "\x00", " "))
		}
	}
	return lines
}

// tellLogs shows what the programs said.
func (s *Session) tellLogs() {
	logs, _ := filepath.Glob(s.path("log", "*"))
	for _, log := range logs {
		file, err := os.Open(log)
		if err != nil {
			continue
		}
		text, _ := io.ReadAll(io.LimitReader(file, 4096))
		_ = file.Close()
		if said := strings.TrimSpace(string(text)); said != "" {
			s.t.Logf("%s said:\n%s", filepath.Base(log), said)
		}
	}
}
