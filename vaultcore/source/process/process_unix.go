//go:build unix

package process

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func split(line string) ([]string, error) { return SplitPOSIX(line) }

// shell has the system's shell run a line, as aws-vault does.
func shell(line string) *start { return &start{name: "/bin/sh", args: []string{"-c", line}} }

// withPath returns an environment in which the usual folders come after those of PATH:
// that of an app which the desktop has started is short.
func withPath(environ []string) []string {
	dirs := filepath.SplitList(pathOf(environ))
	for _, dir := range []string{"/usr/local/bin", "/opt/homebrew/bin", filepath.Join(home(), ".local", "bin"), "/usr/bin", "/bin"} {
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return append(slices.Clone(environ), "PATH="+strings.Join(dirs, string(filepath.ListSeparator)))
}

func pathOf(environ []string) (path string) {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, "PATH="); ok {
			path = value // the last one counts
		}
	}
	return path
}

// lookPath finds a program by its name. A PATH of no whole path is passed over: the
// program would depend on the folder.
func lookPath(name string, environ []string) (string, error) {
	for _, dir := range filepath.SplitList(pathOf(environ)) {
		if !filepath.IsAbs(dir) {
			continue
		}
		at := filepath.Join(dir, name)
		if info, err := os.Stat(at); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return at, nil
		}
	}
	return "", exec.ErrNotFound
}

// group is a process group: a program and what it starts.
type group struct{ cmd *exec.Cmd }

// newGroup has a program lead a group and a session of its own, without a terminal.
func newGroup(cmd *exec.Cmd, _ string) *group {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return &group{cmd}
}

func (*group) started() {}
func (*group) close()   {}

// kill ends the group. Where none is left (on macOS that is a permission which lacks)
// there is nothing to do.
func (g *group) kill() error {
	err := syscall.Kill(-g.cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) || errors.Is(err, syscall.EPERM) {
		return os.ErrProcessDone
	}
	return err
}
