package terminal

import (
	"context"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/windows"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// foreground is always true: a console has no jobs in the background.
func foreground(*os.File) bool { return true }

// reachable says whether the process has a console.
func reachable() bool {
	s, err := openControlling()
	if err != nil {
		return false
	}
	s.close()
	return true
}

// openControlling readies the process's console for questions.
func openControlling() (*screen, error) {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, gone(err)
	}
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		_ = in.Close()
		return nil, gone(err)
	}
	return &screen{in: in, out: out, opened: []*os.File{in, out}}, nil
}

func gone(err error) error {
	return &vaultcore.Fault{Kind: vaultcore.ErrNobodyToAsk, Message: "there is nobody to ask: no console", Cause: err}
}

// readLine reads one line, until ctx ends. A console's read cannot be called
// off: it is left behind and ends with the process.
func readLine(ctx context.Context, file *os.File) (string, error) {
	type line struct {
		text string
		err  error
	}
	lines := make(chan line, 1)
	go func() {
		text, err := untilNewline(file)
		lines <- line{text, err}
	}()
	select {
	case got := <-lines:
		return got.text, got.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func untilNewline(file *os.File) (string, error) {
	var line strings.Builder
	buf := make([]byte, 4096)
	defer clear(buf)
	for {
		n, err := file.Read(buf)
		line.Write(buf[:n])
		switch {
		case n > 0 && buf[n-1] == '\n':
			return line.String(), nil
		case err != nil:
			return "", err
		case n == 0:
			return "", io.EOF
		}
	}
}

// hideInput turns the echo off, and returns what turns it on again.
func hideInput(file *os.File) (show func(), err error) {
	console := windows.Handle(file.Fd())
	var before uint32
	if err := windows.GetConsoleMode(console, &before); err != nil {
		return nil, err
	}
	quiet := before&^windows.ENABLE_ECHO_INPUT | windows.ENABLE_LINE_INPUT | windows.ENABLE_PROCESSED_INPUT
	if err := windows.SetConsoleMode(console, quiet); err != nil {
		return nil, err
	}
	return func() { _ = windows.SetConsoleMode(console, before) }, nil
}
