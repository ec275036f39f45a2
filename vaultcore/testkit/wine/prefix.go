package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// bootTime is the most that Wine may take to lay out its folder, on a machine that
// others keep busy; alone it takes some six seconds.
const bootTime = 3 * time.Minute

// errNoWine is that Wine itself does not start.
var errNoWine = errors.New("no start of Wine")

// prefix is a Wine of its own, with a display of its own.
type prefix struct {
	dir     string
	env     []string // of what runs in it
	display *exec.Cmd
}

// newPrefix makes a Wine in which Go's programs start. The caller removes it.
func newPrefix(ctx context.Context) (_ *prefix, err error) {
	dir, err := os.MkdirTemp("", "vaultbar-wine-")
	if err != nil {
		return nil, err
	}
	p := &prefix{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.remove())
		}
	}()
	number, err := p.show()
	if err != nil {
		return nil, fmt.Errorf("no display: %w", err)
	}
	p.env = append(plain(os.Environ()),
		"WINEPREFIX="+filepath.Join(dir, "prefix"), "WINEDEBUG=-all", "DISPLAY=:"+number,
		"WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe=", // no .NET, no HTML, no entries in the person's menus
	)
	if err := os.Mkdir(filepath.Join(dir, "prefix"), 0o700); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	if _, err := p.run(ctx, "", "wineserver", "-p"); err != nil { // it stays: else each program would start Wine anew
		return nil, fmt.Errorf("%w: wineserver: %w", errNoWine, err)
	}
	if said, err := p.run(ctx, "", "wine", "wineboot", "-i"); err != nil {
		return nil, fmt.Errorf("%w: %w\n%s", errNoWine, err, said)
	}
	return p, os.WriteFile(p.path("windows", "system32", forwarder.file), forwarder.library(), 0o600)
}

// plain is an environment without what would lead a program to the person's own files
// and accounts. Ours heed the variables of XDG on Windows as well.
func plain(env []string) []string {
	var kept []string
	for _, entry := range env {
		if !hasPrefix(entry, "XDG_", "AWS_", "VAULTBAR_", "WINE", "DISPLAY=", "WAYLAND_DISPLAY=", "CI=", "SSL_CERT_", "HTTP_PROXY=", "HTTPS_PROXY=", "http_proxy=", "https_proxy=") {
			kept = append(kept, entry)
		}
	}
	return kept
}

func hasPrefix(text string, prefixes ...string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// show starts a display and returns its number.
func (p *prefix) show() (string, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer func() { _ = read.Close() }()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{write}
	err = cmd.Start()
	_ = write.Close()
	if err != nil {
		return "", err
	}
	p.display = cmd
	number, err := bufio.NewReader(read).ReadString('\n')
	return strings.TrimSpace(number), err
}

// path is a file on drive C.
func (p *prefix) path(parts ...string) string {
	return filepath.Join(append([]string{p.dir, "prefix", "drive_c"}, parts...)...)
}

// home is the folder of the person whom Wine made.
func (p *prefix) home() (string, error) {
	found, err := filepath.Glob(p.path("users", "*", "AppData"))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%d users are in a new Wine", len(found))
	}
	if err != nil {
		return "", err
	}
	return filepath.Dir(found[0]), nil
}

// run runs a program, and returns what it says. That goes through a file: a pipe would
// stay open for as long as a program runs that this one started.
func (p *prefix) run(ctx context.Context, stdin, program string, args ...string) (string, error) {
	said, err := os.CreateTemp(p.dir, "said-")
	if err != nil {
		return "", err
	}
	defer func() { _, _ = said.Close(), os.Remove(said.Name()) }()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = p.env, strings.NewReader(stdin), said, said
	failed := cmd.Run()
	text, err := os.ReadFile(said.Name())
	return string(text), errors.Join(failed, err)
}

// remove ends what runs in the Wine and its display, and removes it.
func (p *prefix) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var failures []error
	if p.env != nil {
		_, _ = p.run(ctx, "", "wineserver", "-k") // it fails when none runs
		_, err := p.run(ctx, "", "wineserver", "-w")
		failures = append(failures, err)
	}
	if p.display != nil {
		failures = append(failures, p.display.Process.Kill())
		_ = p.display.Wait() // it was killed
	}
	return errors.Join(append(failures, p.removeSocket(), os.RemoveAll(p.dir))...)
}

// removeSocket removes the folder of the server's socket: Debian's Wine has one with a new
// name for each prefix, which says the name, and leaves it behind.
func (p *prefix) removeSocket() error {
	name, err := os.ReadFile(filepath.Join(p.dir, "prefix", "wineserver"))
	if err != nil || !strings.HasPrefix(string(name), "wine-") {
		return nil // another Wine, or none that began
	}
	return os.RemoveAll(filepath.Join("/tmp", filepath.Base(string(name))))
}

// inWine runs a program in the Wine of the environment for the go command, and returns
// its exit code.
func inWine(line []string) int {
	p := prefix{dir: os.TempDir(), env: os.Environ()}
	said, err := p.run(context.Background(), "", "wine", line...)
	_, _ = io.WriteString(os.Stdout, said)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode()
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
