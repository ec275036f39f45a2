package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// Exit codes of the demo.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as a shell tells it
)

// endings are the signals that end the demo, which then cleans up: Ctrl-C, a
// closed terminal, and a reader who leaves.
var endings = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE}

// options are the demo's flags.
type options struct {
	bin  string // the folder of vaultbar and vaultbar-app
	keep bool   // stay in a shell afterwards
}

// demo shows the whole story, and cleans up.
func demo(args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.bin, "bin", "bin", "the `folder` of vaultbar and vaultbar-app")
	flags.BoolVar(&o.keep, "keep", false, "stay in a shell where everything keeps working")
	if flags.Parse(args) != nil || flags.NArg() > 0 {
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), endings...)
	defer stop()
	err := o.show(ctx, newScreen(stdout))
	if err == nil {
		return exitDone
	}
	_, _ = fmt.Fprintf(stderr, "\ndemo: %v\n", err)
	if ctx.Err() != nil {
		return exitInterrupted
	}
	return exitFailed
}

// show makes the sandbox, lets the story happen in it, and says what comes next.
func (o options) show(ctx context.Context, s *screen) error {
	if err := checkTerminals(); err != nil {
		return err
	}
	bin, err := findPrograms(o.bin)
	if err != nil {
		return err
	}
	st, err := newSandbox(bin)
	if err != nil {
		return err
	}
	if err := o.perform(ctx, s, st); err != nil {
		return err
	}
	conclude(s, st)
	return nil
}

// perform tells the story and takes the sandbox down, whatever happens.
func (o options) perform(ctx context.Context, s *screen, st *sandbox) (err error) {
	whole := false
	defer func() { err = errors.Join(err, st.cleanup(!whole)) }()
	introduce(s, st)
	for _, step := range story {
		if err := step.play(ctx, s, st); err != nil {
			return err
		}
	}
	if o.keep {
		if err := st.keep(ctx, s); err != nil {
			return err
		}
	}
	if err := lastStep.play(ctx, s, st); err != nil {
		return err
	}
	whole = true
	return nil
}

// findPrograms returns the folder of the two programs as an absolute path.
func findPrograms(bin string) (string, error) {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return "", err
	}
	for _, name := range []string{"vaultbar", "vaultbar-app"} {
		info, err := os.Stat(filepath.Join(bin, name))
		if err != nil || !info.Mode().IsRegular() {
			return "", fmt.Errorf("there is no %s in %s: build it first, with `make build`", name, bin)
		}
	}
	return bin, nil
}
