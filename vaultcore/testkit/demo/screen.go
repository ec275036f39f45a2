package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// The ways to draw text, as a terminal takes them.
const (
	plain   = ""
	strong  = "1"
	faint   = "2"
	command = "1;36"
)

// How long a reader is given, on a terminal.
const (
	keyPause  = 6 * time.Millisecond   // between two typed characters
	lookPause = 250 * time.Millisecond // before an answer is typed
	readPause = 700 * time.Millisecond // after a step
)

// screen is where the story is shown. Colors and pauses are for a terminal: who
// reads from a pipe wants the text.
type screen struct {
	out  io.Writer
	live bool // a person watches
	bare bool // without colors
}

// newScreen is a screen on out.
func newScreen(out io.Writer) *screen {
	file, ok := out.(*os.File)
	live := ok && term.IsTerminal(int(file.Fd()))
	bare := !live || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb"
	return &screen{out: out, live: live, bare: bare}
}

// Write shows text as it is.
func (s *screen) Write(text []byte) (int, error) { return s.out.Write(text) }

// line shows a line. That it cannot be shown fails no step.
func (s *screen) line(how, format string, args ...any) {
	_, _ = io.WriteString(s.out, s.drawn(how, fmt.Sprintf(format, args...))+"\n")
}

// gap shows an empty line.
func (s *screen) gap() { s.line(plain, "") }

// note shows what the demo itself has to say, so that it cannot be taken for a
// word of the command's.
func (s *screen) note(format string, args ...any) {
	for line := range strings.Lines(fmt.Sprintf(format, args...)) {
		s.line(faint, "# %s", strings.TrimSuffix(line, "\n"))
	}
}

// type shows a command line being typed.
func (s *screen) typed(ctx context.Context, line string) {
	_, _ = io.WriteString(s.out, s.drawn(strong, "$ "))
	if !s.live {
		_, _ = io.WriteString(s.out, line+"\n")
		return
	}
	for _, char := range line {
		_, _ = io.WriteString(s.out, s.drawn(command, string(char)))
		s.pause(ctx, keyPause)
	}
	s.pause(ctx, lookPause)
	_, _ = io.WriteString(s.out, "\n")
}

// drawn is text with the codes that draw it.
func (s *screen) drawn(how, text string) string {
	if s.bare || how == plain || text == "" {
		return text
	}
	return "\x1b[" + how + "m" + text + "\x1b[0m"
}

// pause lets a person read.
func (s *screen) pause(ctx context.Context, d time.Duration) {
	if !s.live {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
