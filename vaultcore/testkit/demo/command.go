package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/creack/pty"
)

// stepTime is the longest that a command may take.
const stepTime = 60 * time.Second

// size is that of the commands' terminals.
var size = pty.Winsize{Rows: 40, Cols: 120}

// heard is what came of a command line.
type heard struct {
	text  string // without its secrets
	asked int    // how many questions were asked
	codes int    // how many of them for an MFA code
}

// run runs a command line as a person does, with ann at its terminal, and shows
// it. A command that fails is an error.
func (st *sandbox) run(ctx context.Context, line string, ann *person, s *screen) (heard, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, stepTime, fmt.Errorf("it did not end within %s", stepTime))
	defer cancel()
	cmd := exec.CommandContext(bounded, "/bin/sh", "-c", line)
	cmd.Env, cmd.Dir = st.env, st.dir
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	var text bytes.Buffer
	err := talk(bounded, cmd, &redactor{out: io.MultiWriter(s, &text)}, ann, s)
	switch {
	case ctx.Err() != nil:
		return heard{}, context.Cause(ctx)
	case bounded.Err() != nil:
		return heard{}, context.Cause(bounded)
	default:
		return heard{text.String(), ann.asked, ann.codes}, err
	}
}

// talk starts a command on a new terminal, and returns when it has ended. What
// ann cannot answer ends it.
func talk(ctx context.Context, cmd *exec.Cmd, shown *redactor, ann *person, s *screen) error {
	terminal, err := pty.StartWithSize(cmd, &size)
	if err != nil {
		return fmt.Errorf("a terminal cannot be opened: %w", err)
	}
	defer func() { _ = terminal.Close() }()
	if err := converse(ctx, terminal, shown, ann, s); err != nil {
		failures := errors.Join(err, killGroup(cmd.Process.Pid))
		_ = cmd.Wait() // it was killed
		return failures
	}
	return errors.Join(shown.Close(), cmd.Wait())
}

// converse shows what comes onto a terminal and lets ann answer, until the
// command has ended.
func converse(ctx context.Context, terminal *os.File, shown io.Writer, ann *person, s *screen) error {
	buf := make([]byte, 4096)
	for {
		n, err := terminal.Read(buf)
		if n > 0 {
			if _, err := shown.Write(buf[:n]); err != nil {
				return err
			}
			answer, asked, err := ann.read(ctx, buf[:n])
			if err != nil {
				return err
			}
			if asked {
				s.pause(ctx, lookPause)
				if _, err := terminal.WriteString(answer.Reveal() + "\n"); err != nil {
					return err
				}
			}
		}
		if err != nil {
			return nil // the other side is closed; each system has its own word for it
		}
	}
}
