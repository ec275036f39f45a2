// Package reach is how the command reaches the app: it connects to the one that runs,
// starts one where none does, makes a request again that the app was lost over, and ends
// it.
//
// It knows where the app is and which process it is, and nothing of what is asked of it.
// Starting is the work of a helper, a process of this same command ([StartName]), by
// package launch. Nothing here asks a person.
//
// Start with [App.Client].
package reach

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/vaultbar/vaultbar/cli/internal/credformat"
	"github.com/vaultbar/vaultbar/cli/internal/launch"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// App is the app, as this command can reach it.
type App struct {
	Environ []string
	Getenv  func(string) string // of the same
	Called  func() string       // the name by which the helper is to be called
	Catch   func()              // begins to catch signals; for whoever waits
	// Ahead is a connection that waits for the first request; nil for none.
	Ahead net.Conn
}

// StartName is the command that the helper is called with.
const StartName = "__start"

// AgainPause is how long it takes at first until a lost app is looked for again.
const AgainPause = 200 * time.Millisecond

// PersonTime is how long a request may take that a person may have to answer.
const PersonTime = 15 * time.Minute

const (
	startTime  = 5 * time.Second      // for a started app to answer
	againTime  = 2 * time.Second      // in which a lost app is looked for again
	againTries = 3                    // how often
	busyPause  = 5 * time.Millisecond // until an app with a full queue is asked again
)

// Client returns the app, started if it was not running. It may return:
// ErrUnreachable, ErrVersion.
func (a *App) Client() *agent.Client { return a.client(a.dialOrStart) }

// Running returns the app without starting it: its calls fail with
// ErrUnreachable when it is not running.
func (a *App) Running() *agent.Client { return a.client(a.dial) }

// client asks the app with the variables that this command has: the app takes
// none from whatever started it.
func (a *App) client(dial func(context.Context) (net.Conn, error)) *agent.Client {
	env := vaultcore.EnvironmentFrom(a.Getenv)
	return agent.NewClient(agent.ClientOptions{
		Dial: dial, Environment: env, Keys: func() vaultcore.Environment { return env.WithKeys(a.Getenv) }, Slow: a.Catch, Patience: PersonTime,
	})
}

// DialAhead connects to an app that is running before it is known what to ask: the app
// sees to the connection while the command line is read. Where it fails, the request
// tries again and says why.
func (a *App) DialAhead(ctx context.Context) {
	place, err := socket.Find(a.Getenv)
	if err != nil {
		return
	}
	if conn, err := connect(ctx, place); err == nil {
		a.Ahead = conn
	}
}

// dial connects to the running app. It may return: ErrUnreachable, ErrConfig.
func (a *App) dial(ctx context.Context) (net.Conn, error) {
	if conn := a.Ahead; conn != nil {
		a.Ahead = nil
		return conn, nil
	}
	place, err := socket.Find(a.Getenv)
	if err != nil {
		return nil, err
	}
	conn, err := connect(ctx, place)
	for until := time.Now().Add(startTime); errors.Is(err, syscall.EAGAIN) && time.Now().Before(until); {
		if retry.Sleep(ctx, busyPause) != nil { // more programs knock than the system lets wait
			return nil, ctx.Err()
		}
		conn, err = connect(ctx, place)
	}
	if errors.Is(err, syscall.EAGAIN) {
		return nil, agent.ErrSilent
	}
	return conn, err
}

// dialOrStart connects to the app, and starts it when it is not running. What it
// returns is for good: errStart marks it.
func (a *App) dialOrStart(ctx context.Context) (net.Conn, error) {
	conn, err := a.dial(ctx)
	if err == nil || !errors.Is(err, socket.ErrNotRunning) {
		return conn, forGood(err)
	}
	if err := a.start(ctx); err != nil {
		return nil, forGood(err)
	}
	conn, err = a.dial(ctx)
	return conn, forGood(err)
}

// forGood marks a failure that trying again would not change.
func forGood(err error) error {
	if err == nil {
		return nil
	}
	return finalError{err}
}

// finalError is a failure to reach the app that is not tried again.
type finalError struct{ error }

// Unwrap shows the failure itself.
func (f finalError) Unwrap() []error { return []error{f.error, errStart} }

// start starts the app and returns when it answers. A helper does it, a process
// of this same command: the app would else be a child of whatever program exec
// becomes, which knows nothing of it.
func (a *App) start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return vaultcore.Faultf(vaultcore.ErrUnreachable, "Vaultbar is not running, and its program was not found: %s", err)
	}
	a.Catch()
	var said bytes.Buffer
	helper := exec.CommandContext(ctx, self, StartName)
	helper.Args[0] = a.Called()
	helper.Env = credformat.WithoutCredentials(a.Environ)
	helper.Stderr = &said
	if err := helper.Run(); err != nil {
		return startFailure(ctx, said.String(), err)
	}
	return nil
}

// startFailure is what the helper said, as the fault that it was there.
func startFailure(ctx context.Context, said string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	message, hints, _ := strings.Cut(strings.TrimSpace(said), "\n")
	message = strings.TrimPrefix(message, "vaultbar: ")
	if message == "" {
		message = "Vaultbar cannot be started: " + err.Error()
	}
	hints = strings.TrimPrefix(strings.ReplaceAll("\n"+hints, "\nhint: ", "\n"), "\n")
	return &vaultcore.Fault{Kind: vaultcore.ErrUnreachable, Message: message, Hint: hints, Cause: err}
}

// Start is the helper's work: it starts the app and returns when it answers.
func (a *App) Start(ctx context.Context) error {
	path, err := launch.Find(a.Getenv("VAULTBAR_APP"))
	if err != nil {
		return err
	}
	if err := credformat.CloseOnExec(); err != nil { // the app would keep a pipe of our caller open for life
		return err
	}
	app, err := launch.Start(path, launch.WithBus(credformat.WithoutCredentials(a.Environ)))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	return app.Await(ctx, a.answering)
}

// answering returns the process of the app that can be connected to.
func (a *App) answering(ctx context.Context) (pid int, ok bool) {
	conn, err := a.dial(ctx)
	if err != nil {
		return 0, false
	}
	defer func() { _ = conn.Close() }()
	return socket.PeerOf(conn).PID, true
}

// Asker answers the questions of a request.
type Asker interface{ Answered() bool }

// Request makes a request of the app and, when the app goes away meanwhile,
// finds or starts it again: three times within two seconds. Where the asker has answered
// a question on the way the request is not made again, for it would ask twice.
func Request[Q, R any](ctx context.Context, asker Asker, do func(context.Context, Q) (R, error), of Q) (R, error) {
	begun := time.Now()
	wait := retry.Backoff{First: AgainPause, Most: againTime}
	for tries := 0; ; tries++ {
		reply, err := do(ctx, of)
		if !Lost(err) || asker.Answered() || tries == againTries {
			return reply, err
		}
		if tries == 0 {
			begun = time.Now() // the time counts from the loss
		}
		pause := wait.Next()
		if time.Since(begun)+pause > againTime {
			return reply, err
		}
		if retry.Sleep(ctx, pause) != nil {
			return reply, ctx.Err()
		}
	}
}

// Bare is an operation of which nothing comes back, for [Request].
func Bare[Q any](do func(context.Context, Q) error) func(context.Context, Q) (struct{}, error) {
	return func(ctx context.Context, of Q) (struct{}, error) { return struct{}{}, do(ctx, of) }
}

// Lost says whether the app went away, rather than could not be started or is there
// and does not answer: trying that again would only take time.
func Lost(err error) bool {
	return errors.Is(err, vaultcore.ErrUnreachable) && !errors.Is(err, errStart) && !errors.Is(err, agent.ErrSilent)
}

// errStart marks an app that cannot be started.
var errStart = errors.New("the app cannot be started")
