// Package launch starts the background app: it finds the program, starts it
// apart from the terminal, and watches it until it answers or has ended.
//
// The app outlives the command that started it and owns every key, so it gets
// none of its starter's credentials, no terminal, no working directory and no
// open file. Only one app runs at a time: when another was faster, ours ends with
// code 0, and is waited for, so that none is left that would begin to serve after
// the other has been stopped.
//
// Start with [Find] and [Start].
package launch

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// maxComplaint is how much of what a failing app says is read.
const maxComplaint = 4 << 10

// Find returns the app's program: the one that is named, else the one beside
// the command, else the one in PATH. One that somebody else than we and root could
// have put there is refused. It may return: ErrUnreachable.
func Find(named string) (string, error) {
	path, err := find(named)
	if err != nil {
		return "", err
	}
	return path, trusted(path)
}

func find(named string) (string, error) {
	if named != "" {
		if !filepath.IsAbs(named) {
			return "", cannotStart(named, errors.New("VAULTBAR_APP is not an absolute path"))
		}
		if _, err := os.Stat(named); err != nil {
			return "", cannotStart(named, err)
		}
		return filepath.Clean(named), nil
	}
	if self, err := os.Executable(); err == nil {
		for _, command := range []string{self, resolved(self)} {
			beside := filepath.Join(filepath.Dir(command), program)
			if path, err := exec.LookPath(beside); err == nil {
				return path, nil
			}
		}
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return "", vaultcore.Faultf(vaultcore.ErrUnreachable, "Vaultbar is not running, and %s is not found", program).
			WithHint("install %s beside vaultbar, or start it yourself", program)
	}
	return filepath.Abs(path)
}

// resolved follows symbolic links, as far as that works.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// App is an app that was started.
type App struct {
	pid       int
	ended     chan struct{} // closed when it has ended
	err       error         // why; read after ended
	complaint *complaint
}

// Start starts the app at path with an environment of its own. It may return:
// ErrUnreachable.
func Start(path string, env []string) (*App, error) {
	said, err := newComplaint()
	if err != nil {
		return nil, cannotStart(path, err)
	}
	cmd := &exec.Cmd{Path: path, Args: []string{path}, Env: env, Dir: nowhere(), Stderr: said.file, SysProcAttr: detached()}
	if err := cmd.Start(); err != nil {
		said.close()
		return nil, cannotStart(path, err)
	}
	said.started()
	app := &App{pid: cmd.Process.Pid, ended: make(chan struct{}), complaint: said}
	go func() {
		app.err = cmd.Wait()
		close(app.ended)
	}()
	return app, nil
}

func cannotStart(path string, err error) error {
	var inner *os.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return &vaultcore.Fault{
		Kind: vaultcore.ErrUnreachable, Cause: err,
		Message: "Vaultbar cannot be started: " + path + ": " + err.Error(),
		Hint:    "install " + program + " beside vaultbar, or name it with VAULTBAR_APP",
	}
}

// Await returns when the app is up: when answering names its process, or another
// one and ours has ended, which it does when another was faster. It asks at
// growing intervals. It may return: ErrUnreachable.
func (a *App) Await(ctx context.Context, answering func(context.Context) (pid int, ok bool)) error {
	defer a.complaint.close()
	ended := a.ended
	for wait := (retry.Backoff{First: time.Millisecond, Most: 50 * time.Millisecond}); ; {
		if pid, ok := answering(ctx); ok && (pid == a.pid || ended == nil) {
			return nil
		}
		select {
		case <-ended:
			if a.err != nil {
				return a.failure()
			}
			ended = nil // another app was faster; it is about to answer
		case <-time.After(wait.Next()):
		case <-ctx.Done():
			return vaultcore.Faultf(vaultcore.ErrUnreachable, "Vaultbar was started but does not answer").
				WithHint("start %s in a terminal to see why", program)
		}
	}
}

// failure is what the app said when it ended.
func (a *App) failure() error {
	lines := strings.Split(strings.TrimSpace(a.complaint.read()), "\n")
	message := strings.TrimPrefix(lines[0], program+": ")
	if message == "" {
		message = a.err.Error()
	}
	fault := vaultcore.Faultf(vaultcore.ErrUnreachable, "Vaultbar cannot be started: %s", message)
	var hints []string
	for _, line := range lines[1:] {
		if hint, ok := strings.CutPrefix(line, "hint: "); ok {
			hints = append(hints, hint)
		}
	}
	return fault.WithHint("%s", strings.Join(hints, "\n"))
}

// readSome reads a bounded amount of text.
func readSome(r io.Reader) string {
	text, _ := io.ReadAll(io.LimitReader(r, maxComplaint)) // half a complaint is better than none
	return string(text)
}
