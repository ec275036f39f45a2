//go:build unix

// Command stopwatch starts programs one after the other and says how long each
// took, from before it was started until after it had ended.
//
// It is a process of its own because starting a program from a large one costs
// more than from this one, which adds the same to both sides of a comparison and
// so brings their ratio nearer to 1. Here a start is a vfork in a process of a few
// pages, and the pipe that tells how exec went: no goroutine, and no file opened.
//
// It reads a race as JSON from stdin and writes the nanoseconds of each round as
// JSON to stdout.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// race is what is to be measured: in each round all lanes are run, beginning with
// another one each time, and the commands of a lane run one after the other.
type race struct {
	Rounds int
	Lanes  [][]command
}

// command is a program's path and arguments, and its environment.
type command struct{ Args, Env []string }

func main() {
	var r race
	if err := json.NewDecoder(os.Stdin).Decode(&r); err != nil {
		fail(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		fail(err)
	}
	runtime.LockOSThread()
	files := []uintptr{os.Stdin.Fd(), null.Fd(), os.Stderr.Fd()}
	took := make([][]int64, len(r.Lanes))
	for round := range r.Rounds {
		for i := range r.Lanes {
			lane := (round + i) % len(r.Lanes)
			begun := time.Now()
			for _, step := range r.Lanes[lane] {
				if err := step.run(files); err != nil {
					fail(err)
				}
			}
			took[lane] = append(took[lane], time.Since(begun).Nanoseconds())
		}
	}
	runtime.KeepAlive(null) // or its descriptor is closed while it is in use
	if err := json.NewEncoder(os.Stdout).Encode(took); err != nil {
		fail(err)
	}
}

// run runs the command to its end.
func (c command) run(files []uintptr) error {
	pid, err := syscall.ForkExec(c.Args[0], c.Args, &syscall.ProcAttr{Env: c.Env, Files: files})
	if err != nil {
		return fmt.Errorf("%s: %w", c.Args[0], err)
	}
	var status syscall.WaitStatus
	for {
		if _, err = syscall.Wait4(pid, &status, 0, nil); err != syscall.EINTR {
			break
		}
	}
	if err == nil && status != 0 {
		err = fmt.Errorf("wait status %#x", int(status))
	}
	if err != nil {
		return fmt.Errorf("%v: %w", c.Args, err)
	}
	return nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "stopwatch:", err)
	os.Exit(1)
}
