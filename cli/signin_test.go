//go:build unix

package cli

import (
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// TestTerminalPickSignIn: of several sign-ins a person picks one by its number.
func TestTerminalPickSignIn(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	service.State.SignIns = sampleSignIns(time.Now())
	service.SignIns["idle"] = agent.SignInResult{Name: "idle", Fresh: true}
	w.serve(t, service)
	p := sit(t, w, false, "signin", "--force")
	p.expect("\n  3. partner  not signed in", 1)
	for i, typed := range []string{"4", "idle", "2"} {
		p.expect("Which sign-in? [1-3] ", i+1)
		p.types(typed + "\n")
	}
	p.expect("Signed in to idle.\n", 1)
	p.leaves(exitDone)
	if got := last[agent.SignInRequest](t, service); got.Name != "idle" || !got.Force {
		t.Errorf("asked for %+v", got)
	}
}

// TestTheOnlySignIn needs no name; of several, a program must name one.
func TestTheOnlySignIn(t *testing.T) {
	for count, want := range map[int]int{1: exitDone, 3: exitUsage} {
		w := newWorld(t)
		service := sampleService()
		service.State.SignIns = sampleSignIns(time.Now())[:count]
		w.serve(t, service)
		said, err := w.vaultbar("signout").CombinedOutput()
		got := exitDone
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			got = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%d sign-ins: exit code %d\n%s", count, got, said)
		}
	}
}
