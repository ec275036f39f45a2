package browser

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/app/internal/program"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// ErrStart is the failure when a browser was found and does not open the address.
var ErrStart = errors.New("the browser did not start")

// ErrTaken is the failure when the address was opened by something else than the
// browser.
var ErrTaken = errors.New("another program used the address")

// patience is how long a browser may take to ask for the address: as long as the
// address lives.
const patience = 30 * time.Second

// Open opens an address, and returns the title of the browser that it was given
// to. The browser goes on when Vaultbar ends. No failure quotes the address. It may
// return: ErrNone, ErrStart, ErrTaken, ErrOpen, ErrFolder, ErrRequest, and with
// Request.Visited the context's error.
func (l *Launcher) Open(ctx context.Context, r Request) (opened string, err error) {
	if err := r.check(); err != nil {
		return "", err
	}
	if err := l.hasScreen(); err != nil {
		return "", err
	}
	b, err := l.choose(ctx, r)
	if err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if b == nil {
		return l.openAnyhow(ctx, r)
	}
	dir, err := l.ownFolder(*b, r)
	if err != nil {
		return "", err
	}
	path, args := command(*b, r, dir)
	page, remove, ok := l.page(*b, r)
	defer remove()
	if !ok {
		return l.start(ctx, b, path, [][]string{args}, r)
	}
	paged := r
	paged.Address = page
	_, first := command(*b, paged, dir)
	return l.start(ctx, b, path, [][]string{first, args}, r)
}

// anyBrowser is the title of a browser that the desktop chooses.
const anyBrowser = "the browser"

// ownFolder makes the profile that the request names, with its theme; "" for none.
func (l *Launcher) ownFolder(b Browser, r Request) (string, error) {
	if r.Isolated == "" {
		return "", nil
	}
	on := l.folderFor(b.family, b.sandbox)
	dir, err := on.keep(r.Isolated)
	if err == nil {
		err = tooLong(b.Kind, dir)
	}
	if err != nil {
		return "", unusable(r.Isolated, err)
	}
	if on.open(dir) {
		return dir, l.unreachable(b, r.Isolated) // its theme stays: the browser would write over ours
	}
	if err := applyTheme(b.Kind, dir, r); err != nil {
		return "", unusable(r.Isolated, err)
	}
	return dir, nil
}

// start starts a program, with further arguments where the first ones come to
// nothing for too long. It returns the title of the browser; b is nil where the
// desktop chooses it.
func (l *Launcher) start(ctx context.Context, b *Browser, path string, tries [][]string, r Request) (opened string, err error) {
	title := anyBrowser
	if b != nil {
		title = b.Title
	}
	var pids []int
	for i, args := range tries {
		pid, ended, err := l.launch(title, path, args, r.Proxy)
		if err != nil {
			return "", err
		}
		if pids = append(pids, pid); r.Visited == nil {
			return title, nil
		}
		err = watch(ctx, title, path, patience/time.Duration(len(tries)), ended, r.Visited)
		if err == nil {
			return r.came(b, title, pids)
		}
		if i+1 == len(tries) || !errors.Is(err, errLate) {
			return "", err
		}
	}
	return title, nil
}

// launch starts a program detached from Vaultbar: in a session of its own, with
// nothing to read and nowhere to write.
func (l *Launcher) launch(title, path string, args []string, proxy string) (pid int, ended <-chan error, err error) {
	cmd := &exec.Cmd{Path: path, Args: append([]string{path}, args...), Env: l.environ(proxy)}
	program.Detach(cmd, false)
	if err := cmd.Start(); err != nil {
		return 0, nil, noStart(title, path, err)
	}
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	return cmd.Process.Pid, end, nil
}

// environ is what a browser gets of the person's environment, and the proxy that AWS
// is reached by, where there is one.
func (l *Launcher) environ(proxy string) []string {
	env := l.Environ
	if proxy != "" {
		env = append(slices.Clone(env), "https_proxy="+proxy, "http_proxy="+proxy, "no_proxy=localhost,127.0.0.1,::1")
	}
	return program.BrowserEnviron(env)
}

// errLate is the cause when a browser has not come in time.
var errLate = errors.New("the browser did not open the address in time")

// watch waits until the address is visited or the browser fails. One that ends
// well has handed the address to a window that is open.
func watch(ctx context.Context, title, path string, limit time.Duration, ended <-chan error, visited <-chan struct{}) error {
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		select {
		case <-visited:
			return nil
		case err := <-ended:
			if err != nil && !done(visited) {
				return noStart(title, path, err)
			}
			ended = nil
		case <-late.C:
			return &vaultcore.Fault{
				Kind: ErrStart, Cause: errLate,
				Message: title + " was started but has not opened the console",
				Hint:    "check its window for a question; `--browser NAME` uses another browser, `--stdout` prints the address",
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func done(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// noStart says why a program did not start, without its arguments.
func noStart(title, path string, err error) error {
	why := err.Error()
	var inner *fs.PathError
	var ended *exec.ExitError
	switch {
	case errors.As(err, &inner):
		why = inner.Err.Error()
	case errors.As(err, &ended):
		why = "it ended with " + ended.String()
	}
	return &vaultcore.Fault{
		Kind: ErrStart, Cause: err,
		Message: fmt.Sprintf("%s does not start: %s", title, why),
		Hint:    startHint(path),
	}
}

func startHint(path string) string {
	if os.Geteuid() == 0 {
		return "Chromium-based browsers refuse to be started by root; `--stdout` prints the address instead"
	}
	return fmt.Sprintf("start %s in a terminal to see why; `--browser NAME` uses another browser, `--stdout` prints the address", path)
}
