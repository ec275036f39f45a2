package process

import (
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"golang.org/x/sys/windows"
)

func split(line string) ([]string, error) { return SplitWindows(line) }

// shell has the system's shell run a line, as aws-vault does. With /S it takes off
// the outer quotes and nothing else.
func shell(line string) *start {
	path := `C:\Windows\System32\cmd.exe`
	if system, err := windows.GetSystemDirectory(); err == nil {
		path = filepath.Join(system, "cmd.exe")
	}
	return &start{name: path, line: `cmd.exe /S /C "` + line + `"`}
}

// withPath has nothing to add: the app's PATH is the person's.
func withPath(environ []string) []string { return environ }

// lookPath finds a program by its name and the endings of programs. The app's PATH
// is the person's.
func lookPath(name string, _ []string) (string, error) { return exec.LookPath(name) }

// group is a job object: a program and what it starts.
type group struct {
	cmd *exec.Cmd

	mu  sync.Mutex     // guards what follows
	job windows.Handle // 0 without one
}

// newGroup has a program run without a window. Where the system gives no job object,
// the program alone can be ended.
func newGroup(cmd *exec.Cmd, line string) *group {
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: line, CreationFlags: windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP}
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		job = 0
	}
	return &group{cmd: cmd, job: job}
}

// started takes the program into the job.
func (g *group) started() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.job == 0 {
		return
	}
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(g.cmd.Process.Pid))
	if err == nil {
		err = windows.AssignProcessToJobObject(g.job, process)
		_ = windows.CloseHandle(process)
	}
	if err != nil {
		g.closeLocked()
	}
}

// kill ends the job.
func (g *group) kill() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.job != 0 && windows.TerminateJobObject(g.job, 1) == nil {
		return nil
	}
	return g.cmd.Process.Kill()
}

func (g *group) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closeLocked()
}

func (g *group) closeLocked() {
	if g.job != 0 {
		_ = windows.CloseHandle(g.job)
		g.job = 0
	}
}
