package credformat

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strings"
)

// canonical is a variable's name as names are compared.
func canonical(name string) string { return strings.ToUpper(name) }

// CloseOnExec does nothing: no program inherits what is not handed to it.
func CloseOnExec() error { return nil }

// Become is [Run]: a process cannot become another one.
func Become(path string, argv, env []string) error { return Run(path, argv, env) }

// Run runs the command at path and waits for it. Ctrl-C goes to every process
// of a console, so it is the command's to answer. It returns an [Exited] once
// the command ran.
func Run(path string, argv, env []string) error {
	cmd := &exec.Cmd{Path: path, Args: argv, Env: env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	signal.Ignore(os.Interrupt)
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return &Exited{0}
	case errors.As(err, &ended):
		return &Exited{ended.ExitCode()}
	default:
		return err
	}
}
