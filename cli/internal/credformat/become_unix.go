//go:build unix

package credformat

import (
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// canonical is a variable's name as names are compared.
func canonical(name string) string { return name }

// Become replaces this process by the command at path: no parent stays, so its
// signals, its exit code and its terminal are its own. The command keeps no file
// but the three standard ones and those that its arguments name, as the shell's
// <(…) does. It returns only when the command cannot be run.
func Become(path string, argv, env []string) error {
	if err := keepFiles(argv); err != nil {
		return err
	}
	return syscall.Exec(path, argv, env)
}

// passed are the signals that are meant for the command when they come to us alone.
// Those of the keyboard go to every process of the terminal's foreground, and so to the
// command as well.
var passed = []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}

// Run runs the command at path, as [Become] does, but stays its parent: for commands
// that are served by us while they run. It returns an [Exited] once the command ran,
// with the code that a shell would have.
func Run(path string, argv, env []string) error {
	if err := keepFiles(argv); err != nil {
		return err
	}
	signals := make(chan os.Signal, 16)
	notify(signals, append([]os.Signal{syscall.SIGINT, syscall.SIGQUIT}, passed...))
	defer signal.Stop(signals)
	process, err := os.StartProcess(path, argv, &os.ProcAttr{Env: env, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		return err
	}
	go func() {
		for sig := range signals {
			if slices.Contains(passed, sig) {
				_ = process.Signal(sig) // one that has ended needs none
			}
		}
	}()
	state, err := process.Wait()
	if err != nil {
		return err
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return &Exited{128 + int(status.Signal())}
	}
	return &Exited{state.ExitCode()}
}

// notify catches signals, but for those that were ignored when we started (nohup), which
// the command must find ignored too.
func notify(c chan<- os.Signal, signals []os.Signal) {
	for _, sig := range signals {
		if !signal.Ignored(sig) {
			signal.Notify(c, sig)
		}
	}
}

// keepFiles has the command find the files that it is meant to.
func keepFiles(argv []string) error {
	kept := inheritedFiles(argv)
	if err := CloseOnExec(); err != nil {
		return fmt.Errorf("closing files: %w", err)
	}
	for _, fd := range kept {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0)
	}
	return nil
}

// inheritedFiles are the descriptors that the arguments name and that the caller
// handed down. Our own are marked to be closed already.
func inheritedFiles(argv []string) []int {
	var kept []int
	for _, arg := range argv {
		_, rest, ok := strings.Cut(arg, "/dev/fd/")
		if !ok {
			continue
		}
		fd, err := strconv.Atoi(rest)
		if err != nil || fd < 3 {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			kept = append(kept, fd)
		}
	}
	return kept
}

// closeListed marks every descriptor above the standard three that a folder of
// the system lists.
func closeListed(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	for _, name := range names {
		if fd, err := strconv.Atoi(name); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	return err
}
