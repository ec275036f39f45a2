// Package terminal opens what belongs to the person: a terminal that runs a command,
// a file, a web page. It goes on without us.
//
// Start with [Launcher].
package terminal

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/vaultbar/vaultbar/app/internal/program"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// ErrNotOpened is the failure when what the person wants to see does not open.
var ErrNotOpened = errors.New("not opened")

// Launcher opens what belongs to the person: terminals, files and web pages.
// The zero value works.
type Launcher struct {
	// Env is the person's environment; nil means this process's own.
	Env []string
}

// OpenTerminal opens a terminal that runs a command. It may return: ErrNotOpened,
// and errors.ErrUnsupported with it when no terminal is found.
func (l Launcher) OpenTerminal(ctx context.Context, command []string) error {
	argv, err := inTerminal(command)
	if err != nil {
		return err
	}
	return l.start(ctx, "the terminal", argv, startTime)
}

// OpenFile opens a file with the program that the person has for such files.
func (l Launcher) OpenFile(ctx context.Context, path string) error {
	if !filepath.IsAbs(path) {
		return fmt.Errorf("%s is not an absolute path", path)
	}
	if _, err := os.Stat(path); err != nil {
		return err
	}
	argv, err := opener(path)
	if err != nil {
		return err
	}
	return l.start(ctx, "the file", argv, searchTime)
}

// OpenURL opens a web page in the person's browser. The address is on a command
// line: it must not hold a secret.
func (l Launcher) OpenURL(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return fmt.Errorf("only the address of a web page can be opened")
	}
	argv, err := opener(u.String())
	if err != nil {
		return err
	}
	return l.start(ctx, "the page", argv, searchTime)
}

// How long a program may take to fail at its start, and how long one that first
// looks for the program that does it.
const (
	startTime  = time.Second
	searchTime = 5 * time.Second
)

// start starts a program that goes on without us. One that fails at once has not
// opened anything.
func (l Launcher) start(ctx context.Context, what string, argv []string, within time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = l.Env
	if home, err := os.UserHomeDir(); err == nil {
		cmd.Dir = home
	}
	program.Detach(cmd, true)
	if err := cmd.Start(); err != nil {
		return notOpened(what, argv[0], err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case err := <-done:
		if err != nil {
			return notOpened(what, argv[0], err)
		}
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil
}

// notOpened is the failure of a program of the person's. The command line is not
// told: it is what was to be opened.
func notOpened(what, path string, err error) error {
	return vaultcore.Faultf(ErrNotOpened, "%s could not be opened: %s: %v", what, filepath.Base(path), err).WithCause(err)
}

// nothingOpens is the failure to find a program.
func nothingOpens(what, names string) error {
	return vaultcore.Faultf(ErrNotOpened, "no program was found to open %s with", what).WithCause(errors.ErrUnsupported).
		WithHint("install one of: %s", names)
}
