package app

import (
	"errors"
	"io"
	"os/exec"

	"github.com/vaultbar/vaultbar/app/ui"
)

// openLink gives a vaultbar:// link to the command, which starts the app where none
// runs. On macOS and Windows links come to this program: there the command is no
// application, or would show a console window behind the question. It returns the
// command's exit code.
func openLink(address string, stderr io.Writer) int {
	command, err := ui.Companion()
	if err != nil {
		return fail(stderr, err)
	}
	open := exec.Command(command, "open", "--", address)
	open.Stderr = stderr
	open.SysProcAttr = hidden()
	err = open.Run()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ended):
		return ended.ExitCode()
	default:
		return fail(stderr, err)
	}
}
