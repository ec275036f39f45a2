package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// keep puts the person into a shell in the sandbox, until they leave it. What the
// shell ends with is the person's own affair.
func (st *sandbox) keep(ctx context.Context, s *screen) error {
	shell := st.getenv("SHELL")
	if shell == "" {
		shell = "/bin/sh"
	}
	s.gap()
	s.line(strong, "Your turn: this is a shell in the demo's home. Leave it with `exit`.")
	s.note("%s", strings.TrimSpace(fmt.Sprintf(`
%-11s prints a code of ann's MFA device, for when you are asked: vaultbar clear; vaultbar exec -t $(%s) hoge-system -- %s
%-11s asks AWS who you are, like aws sts get-caller-identity
The local AWS is at $AWS_ENDPOINT_URL, the profiles are in ~/.aws/config.`, deviceName, deviceName, whoamiName, whoamiName)))
	cmd := exec.CommandContext(ctx, shell)
	cmd.Env, cmd.Dir = st.env, st.dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGHUP) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	var left *exec.ExitError
	if err == nil || errors.As(err, &left) && ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", shell, err)
}
