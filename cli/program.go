package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// streams are the three files of a process.
type streams struct{ in, out, err *os.File }

// program is one run of vaultbar: what main was given.
type program struct {
	streams
	name   string // what messages call the command
	args   []string
	env    environment
	prompt vaultcore.PromptMode // where questions go
	// badPrompt is what is wrong with what the environment says of it; nil for nothing.
	badPrompt error
	// catch begins to catch signals; for whoever waits, or has something to tidy up.
	// Catching them takes a quarter of the time that a warm request takes.
	catch func()
	app   *reach.App
}

// environment is what os.Environ returns.
type environment []string

// get returns the value of a variable, or "". Each command looks for some fifty, most of
// which are not there: an entry is passed over by what stands where its name would end.
func (e environment) get(name string) string {
	end := len(name)
	for _, entry := range e {
		if len(entry) > end && entry[end] == '=' && sameVariable(entry[:end], name) {
			return entry[end+1:]
		}
	}
	return ""
}

// isOn says whether a variable is a word for yes.
func (e environment) isOn(name string) bool {
	on, err := strconv.ParseBool(e.get(name))
	return err == nil && on
}

func newProgram(args []string, env environment, s streams, catch func()) *program {
	p := &program{streams: s, name: commandName, args: args, env: env, catch: catch}
	p.app = &reach.App{Environ: env, Getenv: env.get, Called: p.calledAs, Catch: catch}
	return p
}

// run does what the arguments say and returns the exit code.
func run(args, env []string, s streams) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := newProgram(args, env, s, sync.OnceFunc(func() { cancelOnSignal(cancel) }))
	err := p.execute(ctx)
	p.report(ctx, err)
	if err == nil && len(p.args) > 1 && slices.Contains(interactive, p.args[1]) {
		p.hintSkew(ctx)
	}
	return exitCode(err)
}

// cancelOnSignal cancels when the process is told to stop. Only the first signal
// is caught: a second one kills at once, whatever hangs. A signal that was ignored
// when vaultbar started (nohup) stays ignored, for it and for the command that
// exec becomes.
func cancelOnSignal(cancel func()) {
	var caught []os.Signal
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(sig) {
			caught = append(caught, sig)
		}
	}
	if len(caught) == 0 { // Notify would take that for all there are
		return
	}
	received := make(chan os.Signal, 1)
	signal.Notify(received, caught...)
	go func() {
		<-received
		signal.Stop(received)
		cancel()
	}()
}

// tell writes one line for a person. Text from a config file or from AWS may be
// in it: what could move the cursor or forge a second line is taken out.
func (p *program) tell(format string, args ...any) {
	fmt.Fprintln(p.err, report.Line(fmt.Sprintf(format, args...)))
}

// warn writes lines that a person should not overlook.
func (p *program) warn(lines ...string) {
	for _, line := range lines {
		p.tell("%s: %s", p.name, line)
	}
}

// hint writes the next step, a line each. What a command line looks like begins with the
// name that the person typed.
func (p *program) hint(text string) {
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if line != "" {
			if usage, ok := strings.CutPrefix(line, "usage: "+commandName+" "); ok {
				line = "usage: " + p.name + " " + usage
			}
			p.tell("hint: %s", line)
		}
	}
}

// home returns the person's home directory, or "" when there is none.
func (p *program) home() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return dir
}

// tilde shortens a path below the home directory to ~.
func (p *program) tilde(path string) string { return vaultcore.ShortenHome(path, p.home()) }
