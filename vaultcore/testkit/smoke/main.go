// Command smoke tries the two programs, found in the folder of the flag -bin, as they are
// on the machine that it runs on: it starts the app by a command, adds a key, takes
// credentials with an MFA code and without, locks, and stops. Servers of continuous
// integration run it where no person and no desktop is: on Windows and macOS it is what
// shows that pipe, socket, folders and processes work there, not in pieces but together.
//
// AWS is the strict local one. The home is a new one, taken away afterwards; Windows has
// no second one, so there smoke refuses where somebody uses Vaultbar. The keychain is an
// encrypted file, or what -backend names: wincred for one asks nobody.
//
// steps.go is what is done, home.go where.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// stepTime is the most that a command may take: the first one starts the app.
const stepTime = time.Minute

func main() {
	bin := flag.String("bin", "bin", "the folder of the two programs")
	backend := flag.String("backend", "file", "the keychain")
	show := flag.Bool("show", false, "print the access key id of the environment, as a program that has credentials")
	flag.Parse()
	if *show {
		fmt.Println(os.Getenv("AWS_ACCESS_KEY_ID"))
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := smoke(ctx, *bin, *backend); err != nil {
		fmt.Fprintf(os.Stderr, "smoke: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// smoke does all steps. Its error says which one failed, what was said, and what is in the
// app's log.
func smoke(ctx context.Context, bin, backend string) (err error) {
	if bin, err = filepath.Abs(bin); err != nil {
		return err
	}
	h, err := newHome(bin, backend)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.remove()) }()
	steps, err := h.steps()
	if err != nil {
		return err
	}
	for _, s := range steps {
		if err := h.do(ctx, s); err != nil {
			log, _ := os.ReadFile(filepath.Join(h.folders.State, "vaultbar.log")) // there may be none yet
			return fmt.Errorf("%s: %w\nThe app's log:\n%s", s.title, err, log)
		}
		fmt.Printf("ok   %s\n", s.title)
	}
	return nil
}

// do does a step.
func (h *home) do(ctx context.Context, s step) error {
	ctx, cancel := context.WithTimeoutCause(ctx, stepTime, fmt.Errorf("it did not end within %s", stepTime))
	defer cancel()
	name := filepath.Join(h.bin, "vaultbar")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	args := slices.Clone(s.args)
	if at := slices.Index(args, codeHere); at >= 0 {
		args[at] = h.world.MFA.FreshCode()
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Stdin, cmd.Dir = h.env, strings.NewReader(s.stdin), h.dir
	out, err := cmd.CombinedOutput()
	code := 0
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w:\n%s", context.Cause(ctx), out)
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		return err
	}
	if code != s.code || !regexp.MustCompile(s.want).Match(out) {
		return fmt.Errorf("exit code %d, want %d and %q in:\n%s", code, s.code, s.want, out)
	}
	return nil
}
