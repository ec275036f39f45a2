//go:build unix

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
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
		"vaultbar": "./vaultbar", "bare": "./internal/bench/bare", "empty": "./internal/bench/empty",
		"stopwatch": "./internal/bench/stopwatch", "vaultbar-app": "../app/vaultbar-app",
	} {
		linked := c.w.path(name + ".linked")
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", linked, folder)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := build.CombinedOutput(); err != nil {
			b.Fatalf("building %s: %s\n%s", name, err, text)
		}
		c.bin[name] = installed(b, linked, c.w.path(name+".bin"))
	}
	return c
}

// installed copies a program as a package is unpacked: in one piece. How a file was
// written decides in what pieces the kernel keeps it, and that how many page faults a
// start has: as the linker writes a program, it starts a tenth of a millisecond later,
// now this one and now that.
func installed(b *testing.B, from, to string) string {
	b.Helper()
	program, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, program, 0o755)
	}
	if err == nil {
		err = os.Remove(from)
	}
	if err != nil {
		b.Fatal(err)
	}
	return to
}

// warm is a contest with the real app, which has a session at hand. Its AWS is
// named by the config, as nobody's environment names one.
func warm(b *testing.B) contest {
	b.Helper()
	return warmWith(b, awstest.Demo(awstest.NewServer(b)), "")
}

// warmWith is warm with an AWS and more profiles.
func warmWith(b *testing.B, aws awstest.World, more string) contest {
	b.Helper()
	c := newContest(b)
	key := aws.Account.User("bob").NewKey()
	c.write(b, awstest.Reached("[profile "+testkit.BaseProfile+"]\nregion = eu-central-1\n"+more, aws.Server.URL()), ".aws", "config")
	c.write(b, "trusted_endpoints = "+aws.Server.URL()+"\ntrusted_sign_in_endpoints = "+aws.Server.URL()+"\n", ".config", "vaultbar", "settings.ini")
	c.real(b)
	env := c.w.env
	c.w.env = append(slices.Clone(env), "AWS_ACCESS_KEY_ID="+key.ID(), "AWS_SECRET_ACCESS_KEY="+key.Secret().Reveal())
	c.output(b, "add", "--env", testkit.BaseProfile)
	c.w.env = env
	c.output(b, "export", "--format=json", testkit.BaseProfile)
	return c
}

// write makes a file of the person's.
func (c contest) write(b *testing.B, text string, elem ...string) {
	b.Helper()
	path := c.w.path(elem...)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

// real has commands start the real app.
func (c *contest) real(b *testing.B) {
	b.Helper()
	c.w.env = append(c.w.env, "VAULTBAR_APP="+c.bin["vaultbar-app"], "VAULTBAR_BACKEND=file", "VAULTBAR_FILE_PASSPHRASE=bench",
		"DBUS_SESSION_BUS_ADDRESS=disabled:")
	b.Cleanup(func() { c.output(b, "stop") })
}

// output runs a command outside the race and returns what it printed.
func (c contest) output(b *testing.B, args ...string) string {
	b.Helper()
	cmd := exec.Command(c.bin["vaultbar"], args...)
	cmd.Env = c.w.env
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("vaultbar %s: %v", args[0], err)
	}
	return string(out)
}

// listing is a contest with the real app, which has read a config file of so
// many roles.
func listing(b *testing.B, profiles int) contest {
	b.Helper()
	c := newContest(b)
	text := "[profile " + testkit.BaseProfile + "]\nregion = eu-central-1\nmfa_serial = " + testkit.MFADevice + "\n"
	for i := range profiles - 1 {
		text += fmt.Sprintf("\n[profile team-%04d-admin]\nrole_arn = arn:aws:iam::222222222222:role/admin-%d\nsource_profile = %s\n", i, i, testkit.BaseProfile)
	}
	c.write(b, text, ".aws", "config")
	c.real(b)
	if n := strings.Count(c.output(b, "list", "--profiles"), "\n"); n != profiles {
		b.Fatalf("the app lists %d profiles of %d", n, profiles)
	}
	return c
}

const bareRequest = `{"v":1,"op":"credentials","profile":"` + testkit.BaseProfile + `"}`

// step is one command, and steps are several that run one after the other.
type (
	step  struct{ Args, Env []string }
	steps []step
)

func (c contest) run(name string, args ...string) step {
	path, ok := c.bin[name]
	if !ok {
		path = name
	}
	return step{append([]string{path}, args...), c.w.env}
}

func (c contest) vaultbar(args ...string) step { return c.run("vaultbar", args...) }
func (c contest) bare() step                   { return c.run("bare", c.socks, bareRequest) }

// pairs is how many times compare runs both; `-benchtime` only adds to it.
const pairs = 1000

// compare says how many times as long ours takes as theirs, and fails past the
// limit. They run in turn, started by a process that adds nothing of its own, and
// what counts is how long the quickest runs took: nothing makes a run quicker than it
// is, and all else that the machine does makes some slower.
func (c contest) compare(b *testing.B, limit float64, ours, theirs steps) {
	b.Helper()
	c.race(b, 20, ours, theirs) // what comes first pays for the page cache
	var mine, others []int64
	for b.Loop() {
		took := c.race(b, pairs, ours, theirs)
		mine, others = append(mine, took[0]...), append(others, took[1]...)
	}
	a, z := quick(mine), quick(others)
	b.ReportMetric(a/z, "ratio")
	b.ReportMetric(limit, "limit")
	b.ReportMetric(a, "µs")
	b.ReportMetric(z, "µs-other")
	b.ReportMetric(0, "ns/op")
	if a/z > limit {
		b.Errorf("it takes %.2f times as long; the limit is %.2f", a/z, limit)
	}
}

// race runs all in turn and returns what each run took, in nanoseconds.
func (c contest) race(b *testing.B, rounds int, lanes ...steps) (took [][]int64) {
	b.Helper()
	request, err := json.Marshal(map[string]any{"Rounds": rounds, "Lanes": lanes})
	if err != nil {
		b.Fatal(err)
	}
	watch := exec.Command(c.bin["stopwatch"])
	watch.Stdin, watch.Stderr = bytes.NewReader(request), os.Stderr
	out, err := watch.Output()
	if err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(out, &took); err != nil {
		b.Fatal(err)
	}
	return took
}

// quick is what the quickest took, in microseconds, but for one in a hundred.
func quick(of []int64) float64 {
	slices.Sort(of)
	return float64(of[len(of)/100]) / 1e3
}

// BenchmarkWarmExport is what every AWS program pays for using Vaultbar.
func BenchmarkWarmExport(b *testing.B) {
	c := warm(b)
	export := steps{c.vaultbar("export", "--format=json", testkit.BaseProfile)}
	b.Run("bare", func(b *testing.B) { c.compare(b, 1.25, export, steps{c.bare()}) })
	b.Run("empty", func(b *testing.B) { c.compare(b, 1.8, export, steps{c.run("empty")}) })
}

// BenchmarkWarmExec is what running a command as a profile costs.
func BenchmarkWarmExec(b *testing.B) {
	c := warm(b)
	ours := steps{c.vaultbar("exec", testkit.BaseProfile, "--", "/bin/true")}
	c.compare(b, 1.6, ours, steps{c.bare(), c.run("/bin/true")})
}

// BenchmarkList shows that a long config file stays quick to list: a real app has
// read it.
func BenchmarkList(b *testing.B) {
	many, few := listing(b, 1000), listing(b, 10)
	many.compare(b, 4, steps{many.vaultbar("list")}, steps{few.vaultbar("list")})
}
