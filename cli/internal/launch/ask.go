package launch

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// noProfile is the exit code of the app's program for a profile that does not exist.
const noProfile = 3

// Ask runs the app's program for one question, which it answers and ends: it serves
// nobody. It may return: ErrNoProfile, ErrUnreachable.
func Ask(ctx context.Context, path string, env []string, verb string, question []byte) (answer []byte, err error) {
	var said, complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, path, verb)
	cmd.Env, cmd.Dir = env, nowhere()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(question), &said, &complaint
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return said.Bytes(), nil
	case !errors.As(err, &exit):
		return nil, cannotStart(path, err)
	}
	message, hint, _ := strings.Cut(strings.TrimSpace(readSome(&complaint)), "\n")
	fault := vaultcore.Faultf(vaultcore.ErrUnreachable, "%s", vaultcore.PrintableLine(strings.TrimPrefix(message, program+": "), maxComplaint))
	if exit.ExitCode() == noProfile {
		fault.Kind = vaultcore.ErrNoProfile
	}
	return nil, fault.WithHint("%s", strings.TrimPrefix(hint, "hint: "))
}
