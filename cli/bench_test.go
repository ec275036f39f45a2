//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/vaulttest"
)

// contest is what commands are measured in: the programs, and an app that serves
// them.
type contest struct {
	w     world
	socks string
	bin   map[string]string
}

// newContest builds the three programs as they are shipped, and serves them.
func newContest(b *testing.B, profiles int) contest {
	b.Helper()
	service := sampleService()
	for i := range profiles {
		service.State.Profiles = append(service.State.Profiles, vaultcore.ProfileState{
			Name: fmt.Sprintf("team-%04d-admin", i), Account: "222222222222", Role: "admin", Region: "eu-central-1",
			Source: vaulttest.BaseProfile, State: vaultcore.StateNone,
		})
	}
	c := contest{w: newWorld(b), bin: make(map[string]string)}
	c.w.serve(b, service)
	path, err := socket.Path(environment(c.w.env).get)
	if err != nil {
		b.Fatal(err)
	}
	c.socks = path
	for name, folder := range map[string]string{"vaultbar": ".", "bare": "./internal/bench/bare", "empty": "./internal/bench/empty"} {
		out := c.w.path(name + ".bin")
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, folder)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := build.CombinedOutput(); err != nil {
			b.Fatalf("building %s: %s\n%s", name, err, text)
		}
		c.bin[name] = out
	}
	return c
}

const bareRequest = `{"v":1,"op":"credentials","profile":"` + vaulttest.BaseProfile + `"}`

// steps are commands that run one after the other.
type steps []*exec.Cmd

func (c contest) run(name string, args ...string) *exec.Cmd {
	path, ok := c.bin[name]
	if !ok {
		path = name
	}
	return &exec.Cmd{Path: path, Args: append([]string{path}, args...), Env: c.w.env}
}

func (c contest) vaultbar(args ...string) *exec.Cmd { return c.run("vaultbar", args...) }
func (c contest) bare() *exec.Cmd                   { return c.run("bare", c.socks, bareRequest) }

// once runs commands and says how long that took.
func (s steps) once(b *testing.B) time.Duration {
	b.Helper()
	begun := time.Now()
	for _, step := range s {
		again := exec.Cmd{Path: step.Path, Args: step.Args, Env: step.Env}
		if err := again.Run(); err != nil {
			b.Fatalf("%v: %s", step.Args, err)
		}
	}
	return time.Since(begun)
}

// compare reports how many times as long ours takes as theirs, by their medians.
// They run in turn, so that whatever else the machine does falls on both alike.
func compare(b *testing.B, limit float64, ours, theirs steps) {
	b.Helper()
	for range 20 { // what comes first pays for the page cache
		ours.once(b)
		theirs.once(b)
	}
	var mine, other []time.Duration
	for b.Loop() {
		mine = append(mine, ours.once(b))
		other = append(other, theirs.once(b))
	}
	slices.Sort(mine)
	slices.Sort(other)
	a, z := mine[len(mine)/2], other[len(other)/2]
	b.ReportMetric(float64(a)/float64(z), "ratio")
	b.ReportMetric(limit, "limit")
	b.ReportMetric(float64(a.Microseconds()), "µs")
	b.ReportMetric(float64(z.Microseconds()), "µs-other")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkWarmExport is what every AWS program pays for using Vaultbar.
func BenchmarkWarmExport(b *testing.B) {
	c := newContest(b, 0)
	export := steps{c.vaultbar("export", "--format=json", vaulttest.BaseProfile)}
	b.Run("bare", func(b *testing.B) { compare(b, 1.25, export, steps{c.bare()}) })
	b.Run("empty", func(b *testing.B) { compare(b, 1.8, export, steps{c.run("empty")}) })
}

// BenchmarkWarmExec is what running a command as a profile costs.
func BenchmarkWarmExec(b *testing.B) {
	c := newContest(b, 0)
	ours := steps{c.vaultbar("exec", vaulttest.BaseProfile, "--", "/bin/true")}
	compare(b, 1.6, ours, steps{c.bare(), c.run("/bin/true")})
}

// BenchmarkList shows that a long config file stays quick to list.
func BenchmarkList(b *testing.B) {
	many, few := newContest(b, 1000), newContest(b, 10)
	compare(b, 4, steps{many.vaultbar("list")}, steps{few.vaultbar("list")})
}
