// Command wine tries the Windows programs where no Windows is: it runs their tests, and
// then the real programs, in a new Wine with a display of its own. Without Wine it says
// so and does nothing.
//
// It shows what Wine shows: that the programs start, talk over a named pipe, keep keys
// in the credential store and exit with the right codes. Where Wine is not like Windows a
// test fails that is right; tests.txt names each with the reason. Any other failure
// fails this program, and a test that is named there and passes is said, to be taken out.
//
// Start with tests.go and story.go; prefix.go is the Wine that they run in, forward.go
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := try(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "wine: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// try runs all in one Wine, and takes that away again.
func try(ctx context.Context) (err error) {
	p, err := newPrefix(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.remove()) }()
	return errors.Join(p.story(ctx), p.tests(ctx))
}
