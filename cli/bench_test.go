//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

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

// newContest builds the programs as they are shipped. Nobody serves yet.
func newContest(b *testing.B) contest {
	b.Helper()
	c := contest{w: newWorld(b), bin: make(map[string]string)}
	place, err := socket.Find(environment(c.w.env).get)
	if err != nil {
		b.Fatal(err)
	}
	c.socks = place.Socket
	for name, folder := range map[string]string{
		"vaultbar": ".", "bare": "./internal/bench/bare", "empty": "./internal/bench/empty", "vaultbar-app": "../app",
	} {
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

// warm is a contest with a service in this process, which has all at hand.
func warm(b *testing.B) contest {
	b.Helper()
	c := newContest(b)
	c.w.serve(b, sampleService())
	return c
}

// listing is a contest with the real app, which has read a config file of so
// many roles.
func listing(b *testing.B, profiles int) contest {
	b.Helper()
	c := newContest(b)
	text := "[profile " + vaulttest.BaseProfile + "]\nregion = eu-central-1\nmfa_serial = " + vaulttest.MFADevice + "\n"
	for i := range profiles - 1 {
		text += fmt.Sprintf("\n[profile team-%04d-admin]\nrole_arn = arn:aws:iam::222222222222:role/admin-%d\nsource_profile = %s\n", i, i, vaulttest.BaseProfile)
	}
	if err := os.Mkdir(c.w.path(".aws"), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(c.w.path(".aws", "config"), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	c.w.env = append(c.w.env, "VAULTBAR_APP="+c.bin["vaultbar-app"], "VAULTBAR_BACKEND=file", "VAULTBAR_FILE_PASSPHRASE=bench",
		"DBUS_SESSION_BUS_ADDRESS=disabled:")
	list := c.vaultbar("list", "--profiles")
	out, err := list.Output()
	if n := strings.Count(string(out), "\n"); err != nil || n != profiles {
		b.Fatalf("the app lists %d profiles of %d: %v", n, profiles, err)
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

// pairs is how many times compare runs both; `-benchtime` only adds to it.
const pairs = 300

// compare says how many times as long ours takes as theirs, and fails past the
// limit. They run in turn, each first in half of the pairs, so that whatever else
// the machine does falls on both alike; the median of the pairs' ratios leaves out
// those where it did not.
func compare(b *testing.B, limit float64, ours, theirs steps) {
	b.Helper()
	for range 20 { // what comes first pays for the page cache
		ours.once(b)
		theirs.once(b)
	}
	var mine, others, ratios []float64
	for b.Loop() {
		for i := range pairs {
			a, z := pair(b, i%2 == 0, ours, theirs)
			mine, others, ratios = append(mine, a), append(others, z), append(ratios, a/z)
		}
	}
	ratio := median(ratios)
	b.ReportMetric(ratio, "ratio")
	b.ReportMetric(limit, "limit")
	b.ReportMetric(median(mine), "µs")
	b.ReportMetric(median(others), "µs-other")
	b.ReportMetric(0, "ns/op")
	if ratio > limit {
		b.Errorf("it takes %.2f times as long; the limit is %.2f", ratio, limit)
	}
}

// pair runs both once, and returns their microseconds.
func pair(b *testing.B, oursFirst bool, ours, theirs steps) (a, z float64) {
	b.Helper()
	if oursFirst {
		a = float64(ours.once(b).Nanoseconds()) / 1e3
		return a, float64(theirs.once(b).Nanoseconds()) / 1e3
	}
	z = float64(theirs.once(b).Nanoseconds()) / 1e3
	return float64(ours.once(b).Nanoseconds()) / 1e3, z
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// BenchmarkWarmExport is what every AWS program pays for using Vaultbar.
func BenchmarkWarmExport(b *testing.B) {
	c := warm(b)
	export := steps{c.vaultbar("export", "--format=json", vaulttest.BaseProfile)}
	b.Run("bare", func(b *testing.B) { compare(b, 1.25, export, steps{c.bare()}) })
	b.Run("empty", func(b *testing.B) { compare(b, 1.8, export, steps{c.run("empty")}) })
}

// BenchmarkWarmExec is what running a command as a profile costs.
func BenchmarkWarmExec(b *testing.B) {
	c := warm(b)
	ours := steps{c.vaultbar("exec", vaulttest.BaseProfile, "--", "/bin/true")}
	compare(b, 1.6, ours, steps{c.bare(), c.run("/bin/true")})
}

// BenchmarkList shows that a long config file stays quick to list: a real app has
// read it.
func BenchmarkList(b *testing.B) {
	many, few := listing(b, 1000), listing(b, 10)
	compare(b, 4, steps{many.vaultbar("list")}, steps{few.vaultbar("list")})
}
