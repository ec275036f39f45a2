package cli

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

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/credformat"
	"github.com/vaultbar/vaultbar/cli/internal/launch"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

const (
	startName  = "__start"
	startTime  = 5 * time.Second        // for a started app to answer
	againTime  = 2 * time.Second        // in which a lost app is looked for again
	againTries = 3                      // how often
	againPause = 200 * time.Millisecond // between two tries, growing
	busyPause  = 5 * time.Millisecond   // until an app with a full queue is asked again
	personTime = 15 * time.Minute       // for a request that a person may have to answer
)

// reach returns the app, started if it was not running. It may return:
// ErrUnreachable, ErrVersion.
func (p *program) reach() *agent.Client { return p.client(p.dialOrStart) }

// running returns the app without starting it: its calls fail with
// ErrUnreachable when it is not running.
func (p *program) running() *agent.Client { return p.client(p.dial) }

// client asks the app with the variables that this command has: the app takes
// none from whatever started it.
func (p *program) client(dial func(context.Context) (net.Conn, error)) *agent.Client {
	env := vaultcore.EnvironmentFrom(p.env.get)
	return agent.NewClient(agent.ClientOptions{
		Dial: dial, Environment: env, Keys: func() vaultcore.Environment { return env.WithKeys(p.env.get) }, Slow: p.catch, Patience: personTime,
	})
}

// dialAhead connects to an app that is running before it is known what to ask: the app
// sees to the connection while the command line is read. Where it fails, the request
// tries again and says why.
func (p *program) dialAhead(ctx context.Context) {
	place, err := socket.Find(p.env.get)
	if err != nil {
		return
	}
	if conn, err := connect(ctx, place); err == nil {
		p.ahead = conn
	}
}

// dial connects to the running app. It may return: ErrUnreachable, ErrConfig.
func (p *program) dial(ctx context.Context) (net.Conn, error) {
	if conn := p.ahead; conn != nil {
		p.ahead = nil
		return conn, nil
	}
	place, err := socket.Find(p.env.get)
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
func (p *program) dialOrStart(ctx context.Context) (net.Conn, error) {
	conn, err := p.dial(ctx)
	if err == nil || !errors.Is(err, socket.ErrNotRunning) {
		return conn, forGood(err)
	}
	if err := p.start(ctx); err != nil {
		return nil, forGood(err)
	}
	conn, err = p.dial(ctx)
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
func (p *program) start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return vaultcore.Faultf(vaultcore.ErrUnreachable, "Vaultbar is not running, and its program was not found: %s", err)
	}
	p.catch()
	var said bytes.Buffer
	helper := exec.CommandContext(ctx, self, startName)
	helper.Args[0] = p.calledAs()
	helper.Env = credformat.WithoutCredentials(p.env)
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

func (p *program) startCommand() *cobra.Command {
	return &cobra.Command{
		Use:    startName,
		Short:  "Start the app and wait until it answers",
		Hidden: true,
		Args:   nothingMore,
		RunE:   func(cmd *cobra.Command, _ []string) error { return p.startApp(cmd.Context()) },
	}
}

// startApp is the helper's work.
func (p *program) startApp(ctx context.Context) error {
	path, err := launch.Find(p.env.get("VAULTBAR_APP"))
	if err != nil {
		return err
	}
	if err := credformat.CloseOnExec(); err != nil { // the app would keep a pipe of our caller open for life
		return err
	}
	app, err := launch.Start(path, launch.WithBus(credformat.WithoutCredentials(p.env)))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	return app.Await(ctx, p.answering)
}

// answering returns the process of the app that can be connected to.
func (p *program) answering(ctx context.Context) (pid int, ok bool) {
	conn, err := p.dial(ctx)
	if err != nil {
		return 0, false
	}
	defer func() { _ = conn.Close() }()
	return socket.PeerOf(conn).PID, true
}

// request makes a request of the app and, when the app goes away meanwhile,
// finds or starts it again: three times within two seconds. Where the asker has answered
// a question on the way the request is not made again, for it would ask twice.
func request[Q, R any](ctx context.Context, asker *terminal.Asker, do func(context.Context, Q) (R, error), of Q) (R, error) {
	begun := time.Now()
	wait := retry.Backoff{First: againPause, Most: againTime}
	for tries := 0; ; tries++ {
		reply, err := do(ctx, of)
		if !lost(err) || asker.Answered() || tries == againTries {
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

// bare is an operation of which nothing comes back, for [request].
func bare[Q any](do func(context.Context, Q) error) func(context.Context, Q) (struct{}, error) {
	return func(ctx context.Context, of Q) (struct{}, error) { return struct{}{}, do(ctx, of) }
}

// lost says whether the app went away, rather than could not be started or is there
// and does not answer: trying that again would only take time.
func lost(err error) bool {
	return errors.Is(err, vaultcore.ErrUnreachable) && !errors.Is(err, errStart) && !errors.Is(err, agent.ErrSilent)
}

// errStart marks an app that cannot be started.
var errStart = errors.New("the app cannot be started")
