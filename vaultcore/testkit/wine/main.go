// Command wine tries the Windows programs where no Windows is: it runs their tests, and
// then the real programs, in a new Wine with a display of its own. Without Wine it says
// so and does nothing.
//
// It shows what Wine shows: that the programs start, talk over a named pipe, keep keys in
// the credential store, ask in a dialog, get sessions from the strict local AWS, show a
// menu and exit with the right codes. Where Wine is not like Windows a test fails that
// is right; tests.txt names each with the reason. Any other failure fails this program,
// and a test that is named there and passes is said, to be taken out.
//
// Start with tests.go and story.go, which is played in the world of world.go; command
// input types and clicks in it. prefix.go is the Wine that they run in, forward.go
// the one file that Go's programs need and Wine 8 does not have. The tests are built
// with one line of Go's standard library changed (overlay.go); the real programs are not.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// needed are the programs of Debian's packages wine, wine64 and xvfb.
var needed = []string{"wine", "wineserver", "Xvfb"}

func main() {
	if len(os.Args) > 2 && os.Args[1] == "exec" {
		os.Exit(inWine(os.Args[2:]))
	}
	for _, program := range needed {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Printf("The Windows programs are not tried: there is no %s here (Debian: wine wine64 xvfb).\n", program)
			return
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := tryAgain(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "wine: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// part is one of what is tried.
type part struct {
	name string
	run  func(*prefix, context.Context) error
}

// parts are what is tried, by the names that can be given as arguments.
var parts = []part{
	{"story", (*prefix).story},
	{"tests", (*prefix).tests},
	{"msi", (*prefix).msi},
}

// tryAgain tries the parts that are named, or all. With RERUN, as in CI, what fails is
// tried once more, in a new Wine, and that is said: one that fails again is broken. Where
// Wine itself does not start, twice, the machine cannot run it, which is said as well.
func tryAgain(ctx context.Context, names []string) error {
	parts, err := chosen(names)
	if err != nil {
		return err
	}
	failed, err := try(ctx, parts)
	if err == nil || ctx.Err() != nil || os.Getenv("RERUN") == "" {
		return err
	}
	fmt.Printf("%v\nThis is tried once more.\n", err)
	_, err = try(ctx, failed)
	if errors.Is(err, errNoWine) {
		fmt.Printf("The Windows programs are not tried: Wine does not start on this machine.\n%v\n", err)
		return nil
	}
	return err
}

// chosen are the parts that are named, or all.
func chosen(names []string) (all []part, err error) {
	if len(names) == 0 {
		return parts, nil
	}
	for _, name := range names {
		at := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		if at < 0 {
			return nil, fmt.Errorf("there is no part %q", name)
		}
		all = append(all, parts[at])
	}
	return all, nil
}

// try runs parts in one Wine, and takes that away again. It returns those that fail.
func try(ctx context.Context, parts []part) (failed []part, err error) {
	begun := time.Now()
	p, err := newPrefix(ctx)
	if err != nil {
		return parts, err
	}
	defer func() { err = errors.Join(err, p.remove()) }()
	fmt.Printf("Wine is there after %s\n", since(begun))
	for _, part := range parts {
		begun := time.Now()
		if failure := part.run(p, ctx); failure != nil {
			failed, err = append(failed, part), errors.Join(err, fmt.Errorf("%s: %w", part.name, failure))
		}
		fmt.Printf("%s: %s\n", part.name, since(begun))
	}
	return failed, err
}

// since is how long something took, for people.
func since(begun time.Time) time.Duration { return time.Since(begun).Round(time.Second / 10) }
