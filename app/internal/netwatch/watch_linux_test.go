package netwatch

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// insideVariable is set in a process that has a network of its own.
const insideVariable = "NETWATCH_INSIDE"

// TestRoutes: in a network of its own, a way out is noticed each time that it comes, and
// nothing else: not that it goes, nor what the kernel sets up for an address.
func TestRoutes(t *testing.T) {
	if os.Getenv(insideVariable) == "" {
		testenv.Root(t)
		testenv.Program(t, "ip", "iproute2")
		again := exec.Command(testenv.Program(t, "unshare", "util-linux"), "--net", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		again.Env = append(os.Environ(), insideVariable+"=1")
		out, err := again.CombinedOutput()
		testenv.Again(t, out, err)
		return
	}
	ip := func(args string) {
		t.Helper()
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v\n%s", args, err, out)
		}
	}
	ip("link set lo up")
	routes, err := open()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	news, ended := make(chan bool, 100), make(chan error, 1)
	go func() { ended <- read(ctx, routes, func() { news <- true }) }()
	for _, out := range []string{"route add default dev lo", "route add 10.0.0.0/8 dev lo", "-6 route add default dev lo", "route add default dev lo"} {
		ip("addr add 192.0.2.1/24 dev lo")
		ip("addr del 192.0.2.1/24 dev lo")
		ip(out)
		wait.For(t, out, news)
		if n := len(news); n != 0 { // the kernel tells one after the other
			t.Errorf("%s: told %d times more", out, n)
		}
		if out == "route add default dev lo" {
			ip("route del default dev lo")
		}
	}
	cancel()
	if err := wait.For(t, "the end", ended); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}
