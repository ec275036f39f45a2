package process

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	// maxOutput is how much a command may print.
	maxOutput = 64 << 10
	// attended is how long a command may take that somebody waits for: it may have a
	// person sign in. unattended is for what nobody waits for.
	attended, unattended = 5 * time.Minute, time.Minute
	// closing is how long the output of a command that has ended is waited for, where
	// a program that it left behind keeps it open.
	closing = 2 * time.Second
)

// Consent is the person's word on commands.
type Consent interface {
	// Allowed says whether a command may run without a question. It must not block.
	Allowed(Command) bool
	// Allow returns once a command may run, asking whoever waits under ctx. Program
	// is the path of what it starts. It may return: ErrCanceled, ErrNobodyToAsk.
	Allow(ctx context.Context, c Command, program string) error
}

// Runner runs commands. Its methods may be called at once.
type Runner struct {
	consent Consent
	environ []string      // of the person
	proxy   func() string // that the network is reached by
	limit   time.Duration // for every command; 0 is attended or unattended

	mu     sync.Mutex      // guards what follows
	looped map[string]bool // by id: a command that runs now and has asked for itself
}

// Options are what a [Runner] works with.
type Options struct {
	Consent Consent
	Environ []string      // the person's environment, of which commands get a part
	Proxy   func() string // the address of the proxy that commands are told of; empty for none
	Limit   time.Duration // how long a command may take; 0 is 5 min, and 1 min where nobody waits
}

// NewRunner makes a runner.
func NewRunner(o Options) *Runner {
	return &Runner{consent: o.Consent, environ: withPath(clean(o.Environ)), proxy: o.Proxy, limit: o.Limit, looped: make(map[string]bool)}
}

// Asks says whether running a command would need a person. It does not block.
func (r *Runner) Asks(c Command) bool { return !r.consent.Allowed(c) }

// Refuse refuses a request that comes from a command of its own plan, as far as the
// environment of who asks tells. It may return: ErrConfig.
func (r *Runner) Refuse(env vaultcore.Environment, commands ...Command) error {
	i := slices.IndexFunc(commands, func(c Command) bool { return c.within(env) })
	if i < 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looped[commands[i].ID()] = true
	return Loop(commands[i])
}

// Run runs a command once the person has confirmed it, and returns what it printed.
// Touch, unless it is nil, is called when it says that a security key is to be
// touched. It may return: ErrCanceled, ErrNobodyToAsk, ErrProcess, ErrConfig, or the
// error of ctx.
func (r *Runner) Run(ctx context.Context, c Command, touch func()) (vaultcore.Secret, error) {
	start, err := r.prepare(c)
	if err == nil {
		err = start.find(r.environ)
	}
	if err != nil {
		return vaultcore.Secret{}, faultOf(c, start.name, 0, err)
	}
	if err := r.consent.Allow(ctx, c, start.path); err != nil {
		return vaultcore.Secret{}, err
	}
	start.env = slices.Concat(c.Env, r.proxies(), []string{Marker + "=" + c.markers(vaultcore.AudienceOf(ctx).Callers())})
	start.touch = touch
	limit := r.limitFor(ctx)
	output, err := r.execute(ctx, start, limit)
	if looped := r.hasLooped(c); looped && (err != nil || output.IsZero()) { // of a pipe a shell has the last program's word only
		return vaultcore.Secret{}, Loop(c)
	}
	if err != nil && ctx.Err() == nil {
		err = faultOf(c, start.name, limit, err)
	}
	return output, err
}

// proxies are the variables that say how the network is reached: the app has none of
// the person's, for each request brings its own.
func (r *Runner) proxies() []string {
	if r.proxy == nil || r.proxy() == "" {
		return nil
	}
	return []string{"HTTPS_PROXY=" + r.proxy(), "https_proxy=" + r.proxy()}
}

func (r *Runner) hasLooped(c Command) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	looped := r.looped[c.ID()]
	delete(r.looped, c.ID())
	return looped
}

func (r *Runner) limitFor(ctx context.Context) time.Duration {
	switch {
	case r.limit != 0:
		return r.limit
	case len(vaultcore.AudienceOf(ctx).Callers()) > 0:
		return attended
	default:
		return unattended
	}
}

// start is a program about to be started.
type start struct {
	name  string   // as it is called
	path  string   // where it is
	args  []string // what follows its name
	line  string   // in place of args: a line that a shell of Windows takes as it is
	env   []string // beside the person's
	touch func()
}

// prepare takes a command apart.
func (r *Runner) prepare(c Command) (*start, error) {
	if c.Shell {
		return shell(c.Text), nil
	}
	words, err := Split(c.Text)
	switch {
	case err != nil:
		return &start{}, err
	case len(words) == 0 || words[0] == "":
		return &start{}, exec.ErrNotFound
	}
	return &start{name: words[0], args: words[1:]}, nil
}

// find finds the program by the person's PATH.
func (s *start) find(environ []string) (err error) {
	if filepath.Base(s.name) == s.name {
		s.path, err = lookPath(s.name, environ)
		return err
	}
	if s.path = s.name; !filepath.IsAbs(s.path) {
		s.path = filepath.Join(home(), s.path)
	}
	return nil
}

func home() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return os.TempDir()
	}
	return dir
}

// execute runs a program to its end, or ends it with all that it started.
func (r *Runner) execute(ctx context.Context, s *start, limit time.Duration) (vaultcore.Secret, error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	timed, stop := context.WithTimeoutCause(ctx, limit, errDeadline)
	defer stop()
	out := &bounded{full: func() { end(errTooMuch) }}
	defer out.wipe()
	cmd := exec.CommandContext(timed, s.path, s.args...)
	cmd.Args[0] = s.name
	cmd.Env = slices.Concat(r.environ, s.env)
	cmd.Dir = home()
	cmd.Stdout, cmd.Stderr = out, &watched{touch: s.touch}
	cmd.WaitDelay = closing
	group := newGroup(cmd, s.line)
	defer group.close()
	cmd.Cancel = group.kill
	err := cmd.Start()
	if err == nil {
		group.started()
		err = cmd.Wait()
	}
	if cause := context.Cause(timed); err != nil && cause != nil {
		return vaultcore.Secret{}, cause
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) { // what it left behind may keep its output
		return vaultcore.Secret{}, err
	}
	return vaultcore.NewSecret(string(out.text)), nil
}

// bounded keeps what is written to it, up to maxOutput.
type bounded struct {
	text []byte
	full func()
}

// Write is part of io.Writer. What is too much is not kept.
func (b *bounded) Write(p []byte) (int, error) {
	if len(b.text)+len(p) > maxOutput {
		b.full()
		return 0, errTooMuch
	}
	grown := append(slices.Grow([]byte(nil), len(b.text)+len(p)), b.text...)
	clear(b.text)
	b.text = append(grown, p...)
	return len(p), nil
}

func (b *bounded) wipe() { clear(b.text[:cap(b.text)]) }

// watched looks for a word in what is written to it, and keeps nothing.
type watched struct {
	touch func()
	tail  []byte
}

// touchWord is what tools of security keys say: "Touch your YubiKey…".
const touchWord = "touch"

// Write is part of io.Writer.
func (w *watched) Write(p []byte) (int, error) {
	if w.touch == nil {
		return len(p), nil
	}
	text := bytes.ToLower(append(w.tail, p...))
	if bytes.Contains(text, []byte(touchWord)) {
		w.touch()
		w.touch = nil
	}
	w.tail = append(w.tail[:0], text[max(0, len(text)-len(touchWord)+1):]...)
	return len(p), nil
}

// clean is the part of the person's environment that a command gets.
func clean(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(strings.ToUpper(entry), "=")
		return slices.ContainsFunc([]string{"AWS_", "VAULTBAR_", "LD_", "DYLD_"}, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) ||
			strings.HasSuffix(name, "_PASSPHRASE") || slices.Contains([]string{"BASH_ENV", "ENV"}, name)
	})
}
