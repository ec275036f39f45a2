package cli

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/credformat"
	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// served are the flags that have a command ask a server for its credentials.
type served struct {
	container, ecs, metadata bool
}

func (s *served) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVarP(&s.container, "server", "s", false, "serve the credentials, as ECS does to a container, while the command runs")
	flags.BoolVar(&s.ecs, "ecs-server", false, "the same as --server")
	flags.BoolVar(&s.metadata, "ec2-server", false, "serve the credentials, as the EC2 metadata service does (IMDSv2)")
}

func (s *served) wanted() bool { return s.container || s.ecs || s.metadata }

// check refuses flags that do not go together. Some of them may stand behind the
// profile, where cobra does not look.
func (s *served) check(o execOptions) error {
	switch {
	case !s.wanted():
		return nil
	case s.metadata && (s.container || s.ecs):
		return usagef("--server and --ec2-server cannot be used together").WithHint("choose one; AWS's SDKs know both")
	case o.noSession:
		return usagef("--no-session and a server cannot be used together: only sessions are served").WithHint("omit one of them")
	case o.json:
		return usagef("--json and a server cannot be used together").WithHint("omit one of them")
	default:
		return nil
	}
}

// lease is a server that the app keeps for a command of ours: it ends when we do.
type lease struct {
	p       *program
	request agent.ServeCallerRequest
	ready   chan agent.Endpoint
	ended   chan error
}

// execServed runs the command while the app serves it.
func (p *program) execServed(ctx context.Context, o execOptions, path string) error {
	l, endpoint, err := p.lease(ctx, o)
	if err != nil {
		return err
	}
	p.warn(endpoint.Warnings...)
	life, end := context.WithCancel(context.WithoutCancel(ctx)) // a signal is the command's from here on
	defer end()
	go l.keep(life, p.app.Running())
	region := p.regionOf(o.want, endpoint.Region)
	p.greet(o, path, region)
	env := credformat.ServedEnviron(p.env, credformat.Served{
		Profile: o.profile, Address: endpoint.Address, Metadata: o.metadata, Token: endpoint.Token, Region: region,
		Protected: endpoint.Protected,
	})
	return ended(o.command[0], credformat.Run(path, o.command, env))
}

// lease has the app serve the profile, asking the person where it must.
func (p *program) lease(ctx context.Context, o execOptions) (*lease, agent.Endpoint, error) {
	asker, err := p.asker(o.asking, false)
	if err != nil {
		return nil, agent.Endpoint{}, err
	}
	if err := p.prepare(ctx, &o.want, asker); err != nil {
		return nil, agent.Endpoint{}, err
	}
	l := &lease{p: p, ready: make(chan agent.Endpoint, 1), ended: make(chan error, 1)}
	wanted := o.request(o.profile)
	l.request = agent.ServeCallerRequest{
		Profile: wanted.Profile, MinTTL: wanted.MinTTL, Duration: wanted.Duration, Region: wanted.Region, Metadata: o.metadata,
		Ready: func(e agent.Endpoint) { l.ready <- e }, Caller: p.caller(asker, o.name),
	}
	endpoint, err := reach.Request(ctx, asker, l.begin, p.app.Client())
	if err != nil {
		return nil, agent.Endpoint{}, err
	}
	at, err := url.Parse(endpoint.Address)
	if err == nil {
		l.request.Port, err = strconv.Atoi(at.Port())
	}
	if err != nil {
		return nil, agent.Endpoint{}, vaultcore.Faultf(vaultcore.ErrVersion, "the app serves at an address that is none: %q", vaultcore.Printable(endpoint.Address))
	}
	l.request.Token, l.request.Caller = endpoint.Token, vaultcore.Caller{Program: o.name, Prompt: p.prompt}
	return l, endpoint, nil
}

// begin returns once the app serves; what ends that comes by l.ended. Ctrl-C ends only
// the beginning.
func (l *lease) begin(ctx context.Context, app *agent.Client) (agent.Endpoint, error) {
	life, leave := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer leave()
		l.ended <- app.ServeCaller(life, l.request)
	}()
	select {
	case endpoint := <-l.ready:
		return endpoint, nil
	case err := <-l.ended:
		return agent.Endpoint{}, err
	case <-ctx.Done():
		leave()
		<-l.ended
		return agent.Endpoint{}, ctx.Err()
	}
}

// keep takes the server up again, at the same address, when the app has ended and
// another one runs. It starts none: whoever stopped it meant to.
func (l *lease) keep(ctx context.Context, app *agent.Client) {
	for {
		select {
		case <-ctx.Done():
			return
		case err := <-l.ended:
			if !reach.Lost(err) { // it is not the app that has ended
				l.p.warn("the command gets no more credentials: " + err.Error())
				l.p.hint(vaultcore.Hint(err))
				return
			}
		}
		wait := retry.Backoff{First: reach.AgainPause, Most: 10 * time.Second}
		for {
			if wait.Wait(ctx) != nil {
				return
			}
			if _, err := l.begin(ctx, app); err == nil {
				break
			}
		}
	}
}
