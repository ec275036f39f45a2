package process

import (
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Why a command was ended before its time.
var (
	errDeadline = errors.New("it did not finish in time")
	errTooMuch  = errors.New("it printed too much")
)

// hidden says why no error has what a command printed.
const hidden = "its output is not shown here, since it may contain secrets"

// faultOf says what became of a command, in words for a person. None is its own: it
// may print secrets.
func faultOf(c Command, program string, limit time.Duration, err error) error {
	var ended *exec.ExitError
	name := vaultcore.Printable(program)
	fault := func(format string, args ...any) *vaultcore.Fault {
		return vaultcore.Faultf(vaultcore.ErrProcess, c.String()+" failed: "+format, args...).WithCause(err)
	}
	switch {
	case errors.Is(err, errQuote):
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s has an unclosed quote", c).WithHint("correct it in the config file")
	case errors.Is(err, errDeadline):
		return fault("%s did not finish within %s and was killed", name, vaultcore.Length(limit)).
			WithHint("run it in a terminal to see what it waits for: here it has no terminal to ask on")
	case errors.Is(err, errTooMuch):
		return fault("%s printed more than %d KiB", name, maxOutput>>10).WithHint("%s", format)
	case errors.As(err, &ended) && ended.ExitCode() >= 0:
		return fault("%s ended with exit code %d", name, ended.ExitCode()).WithHint("run it in a terminal to see why; %s", hidden)
	case errors.As(err, &ended):
		return fault("%s was ended by a signal", name).WithHint("run it in a terminal to see why; %s", hidden)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return fault("there is no program %s", name).WithHint("%s", missing(c))
	default:
		return fault("%s cannot be run", name).WithHint("check that it is a program, and that you may run it")
	}
}

// missing is what to do about a program that is not there.
func missing(c Command) string {
	if !c.Shell && strings.ContainsAny(c.Text, "~$|<>&;*`") {
		return "AWS's own tools run it without a shell too: use absolute paths, or run it in a shell, as in sh -c '…'"
	}
	return "install it, or put its absolute path in the config file: your shell may have a different PATH"
}

// Loop is the fault of a command that asks for its own output.
func Loop(c Command) error {
	return vaultcore.Faultf(vaultcore.ErrConfig, "%s asks Vaultbar for %s again, through the programs that it starts", c, vaultcore.Printable(c.Profile)).
		WithHint("have it get its credentials elsewhere, or remove it from the config file")
}
