// Package terminal asks the person who sits at the terminal: it knows whether
// there is one, shows a question, and reads one line, echoed or not.
//
// A read ends with its context, so that a question that was answered elsewhere
// or canceled leaves nobody waiting for a key, and the terminal is put back as
// it was, whatever happens. It never writes to stdout, which belongs to the
// result. It does not decide who is asked: that is the app's work.
//
// Start with [Find] for the terminal and [Asker] for the questions of the app.
package terminal

import (
	"context"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Terminal is the caller's terminal, which may be none.
type Terminal struct {
	state vaultcore.Terminal
	in    *os.File // where a person types; nil unless a person is attended
	out   io.Writer

	before func() // called before a person is asked
}

// Find says what terminal the process has. It is attended when stdin and stderr
// are terminals, in the foreground, unless serving is set: then a program reads
// the result, and nobody is known to look. It is reachable when there is a
// controlling terminal all the same. before is called each time that a person is
// about to be asked: time to see to it that a signal leaves the terminal in order.
func Find(stdin, stderr *os.File, serving bool, before func()) *Terminal {
	t := &Terminal{before: before}
	at := Is(stdin) && Is(stderr)
	switch {
	case at && !foreground(stdin):
	case at && !serving:
		t.state, t.in, t.out = vaultcore.TerminalAttended, stdin, stderr
	case reachable():
		t.state = vaultcore.TerminalReachable
	}
	return t
}

// State says how well a person can be asked here.
func (t *Terminal) State() vaultcore.Terminal { return t.state }

// Attended says whether a person sits here.
func (t *Terminal) Attended() bool { return t.state == vaultcore.TerminalAttended }

// Line shows a prompt and reads one line. It may return: ErrCanceled,
// ErrNobodyToAsk.
func (t *Terminal) Line(ctx context.Context, prompt string) (string, error) {
	s, err := t.open()
	if err != nil {
		return "", err
	}
	defer s.close()
	return s.line(ctx, prompt)
}

// Hidden shows a prompt and reads one line that is not echoed. It may return:
// ErrCanceled, ErrNobodyToAsk.
func (t *Terminal) Hidden(ctx context.Context, prompt string) (vaultcore.Secret, error) {
	s, err := t.open()
	if err != nil {
		return vaultcore.Secret{}, err
	}
	defer s.close()
	return s.hidden(ctx, prompt)
}

// Confirm asks a question that is answered with yes or no; an empty line is the
// usual answer. It may return: ErrCanceled, ErrNobodyToAsk.
func (t *Terminal) Confirm(ctx context.Context, question string, usual bool) (bool, error) {
	choice := " [y/N] "
	if usual {
		choice = " [Y/n] "
	}
	for {
		answer, err := t.Line(ctx, question+choice)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "":
			return usual, nil
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

// open readies the terminal for questions.
func (t *Terminal) open() (*screen, error) {
	t.before()
	switch t.state {
	case vaultcore.TerminalAttended:
		return &screen{in: t.in, out: t.out}, nil
	case vaultcore.TerminalReachable:
		return openControlling()
	default:
		return nil, vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "no terminal to prompt on")
	}
}

// Is says whether a file is a terminal.
func Is(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }
