package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// screen is an open terminal.
type screen struct {
	in     *os.File
	out    io.Writer
	opened []*os.File // to be closed with it
}

func (s *screen) close() {
	for _, file := range s.opened {
		_ = file.Close()
	}
}

// say shows a line.
func (s *screen) say(line string) {
	if line != "" {
		fmt.Fprintln(s.out, line)
	}
}

// line shows a prompt and reads a line. A read that is given up leaves the
// cursor on a line of its own.
func (s *screen) line(ctx context.Context, prompt string) (string, error) {
	fmt.Fprint(s.out, prompt)
	text, err := readLine(ctx, s.in)
	if err != nil {
		fmt.Fprintln(s.out)
		return "", s.cause(ctx, err)
	}
	return strings.TrimRight(text, "\r\n"), nil
}

// hidden is line without echo: the person's Enter is not shown either, so the
// line break is ours.
func (s *screen) hidden(ctx context.Context, prompt string) (vaultcore.Secret, error) {
	show, err := hideInput(s.in)
	if err != nil {
		return vaultcore.Secret{}, fmt.Errorf("hiding what is typed: %w", err)
	}
	defer show()
	fmt.Fprint(s.out, prompt)
	text, err := readLine(ctx, s.in)
	fmt.Fprintln(s.out)
	if err != nil {
		return vaultcore.Secret{}, s.cause(ctx, err)
	}
	return vaultcore.NewSecret(strings.TrimRight(text, "\r\n")), nil
}

// cause words why nothing was read.
func (s *screen) cause(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF):
		return vaultcore.Faultf(vaultcore.ErrCanceled, "canceled")
	default:
		return fmt.Errorf("reading from the terminal: %w", err)
	}
}
