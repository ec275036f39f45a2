//go:build linux

package stories_test

import (
	"bytes"
	"context"
	"flag"
	"maps"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// soakTime is how long TestSoak uses an app: `make soak` does so for twenty minutes.
var soakTime = flag.Duration("soak", 15*time.Second, "how long TestSoak uses the app")

// short is how much of a test is run each time; all of it is for the night.
func short[N int | time.Duration](all, some N) N {
	if testenv.Long() {
		return all
	}
	return some
}

const (
	soakWorkers = 3
	soakSamples = 60 // of what the app takes, in all that time
	soakWarm    = 20 // of those, until all that is kept has been used
)

// soakGrowth is what the app may take more at the end than in the beginning, as the
// line through the samples has it: 5 of 100 for what grows with use, and for its
// memory what Go may not have given back yet.
var soakGrowth = map[string]float64{"anonymous KiB": 2 << 10, "descriptors": 2, "threads": 3}

// soak is an app in use.
type soak struct {
	*killable
	stderr bytes.Buffer
	config string

	mu    sync.Mutex
	waits []time.Duration // guarded by mu: of requests for credentials, since the last sample
	done  map[string]int  // guarded by mu
}

// newSoak has an app with a key.
func newSoak(t *testing.T) *soak {
	t.Helper()
	s := &soak{killable: newKillable(t), done: make(map[string]int)}
	s.config = s.aws.Config() + "\n[profile " + plain + "]\nregion = eu-central-1\n"
	s.wake()
	s.check(s.agent.Add(t.Context(), agent.AddRequest{Profile: plain, Key: keyOf(s.spare), Caller: s.caller()}))
	return s
}

// wake starts the app as it is shipped, and keeps its last words: the race detector
// never gives back what it notes of each goroutine and lock.
func (s *soak) wake() {
	s.Helper()
	s.app = lasting(s.command("vaultbar-app"))
	s.app.Stderr = &s.stderr
	s.check(s.app.Start())
	s.eventually("the app serves", func() bool {
		_, err := s.agent.Status(s.Context())
		return err == nil
	})
	s.check(s.agent.Unlock(s.Context(), agent.UnlockRequest{Caller: s.caller()}))
}

// goroutines ends the app and counts what it had when nobody used it.
func (s *soak) goroutines() int {
	s.Helper()
	s.eventually("all have left", func() bool { return s.connections() == 0 })
	app := process{s.world, s.app.Process.Pid, s.pidfd()}
	last, since := -1, time.Now()
	s.eventually("what they set in motion has come to rest", func() bool {
		if now := app.switches(); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > 500*time.Millisecond
	})
	app.signal(unix.SIGQUIT)
	_ = s.app.Wait() // it says what it did, and exits with 2
	defer s.stderr.Reset()
	return len(regexp.MustCompile(`(?m)^goroutine \d+ .*\[`).FindAll(s.stderr.Bytes(), -1))
}

func (s *soak) pidfd() int {
	s.Helper()
	fd, err := unix.PidfdOpen(s.app.Process.Pid, 0)
	s.check(err)
	s.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

// use does random things until the time is over.
func (s *soak) use(ctx context.Context) {
	var workers sync.WaitGroup
	for range soakWorkers {
		workers.Go(func() {
			verbs := s.verbs()
			for ctx.Err() == nil && !s.Failed() {
				v := verbs.pick()
				if err := v.do(context.WithoutCancel(ctx)); err != nil {
					s.Errorf("%s: %v", v.name, err)
				}
				s.note(v.name, 0)
				<-time.After(5 * time.Millisecond)
			}
		})
	}
	workers.Wait()
}

func (s *soak) note(verb string, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done[verb]++
	if wait > 0 {
		s.waits = append(s.waits, wait)
	}
}

// late is how long 95 of 100 requests for credentials waited at most since the last
// time.
func (s *soak) late() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.waits = nil }()
	if len(s.waits) == 0 {
		return 0
	}
	slices.Sort(s.waits)
	return s.waits[len(s.waits)*95/100]
}

// sample is what the app takes at a moment.
func (s *soak) sample() map[string]float64 {
	p := process{w: s.world, pid: s.app.Process.Pid}
	return map[string]float64{
		"anonymous KiB": float64(p.status("RssAnon")), "descriptors": float64(p.descriptors()), "threads": float64(p.status("Threads")),
		"late ms": float64(s.late().Microseconds()) / 1e3,
	}
}

// grown is how much the line through some values rises from the first to the last,
// and where it begins.
func grown(values []float64) (first, growth float64) {
	n := float64(len(values))
	var sumX, sumY, sumXX, sumXY float64
	for i, y := range values {
		x := float64(i)
		sumX, sumY, sumXX, sumXY = sumX+x, sumY+y, sumXX+x*x, sumXY+x*y
	}
	slope := (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX)
	return (sumY - slope*sumX) / n, slope * (n - 1)
}

// TestSoak uses one app for a long time as many programs at once would, some of which
// are killed, break off, or ask for what there is not; it is locked and opened, and
// its config is edited. It takes no more in the end than it did in the beginning,
// answers as fast, and what it started for each has ended.
func TestSoak(t *testing.T) {
	t.Parallel()
	testenv.Root(t) // to count the files of an app that closes itself to its user
	s := newSoak(t)
	base := s.goroutines()
	s.wake()
	ctx, cancel := context.WithTimeout(t.Context(), *soakTime)
	defer cancel()
	used := make(chan struct{})
	go func() { defer close(used); s.use(ctx) }()
	series := make(map[string][]float64)
	tick := time.NewTicker(*soakTime / soakSamples)
	defer tick.Stop()
	for i := 0; i < soakSamples-1 && !t.Failed(); i++ {
		<-tick.C
		for name, value := range s.sample() {
			if i >= soakWarm {
				series[name] = append(series[name], value)
			}
		}
	}
	wait.For(t, "the workers end", used)
	if t.Failed() {
		return
	}
	s.judge(series)
	if n := s.goroutines(); n > base+2 {
		t.Errorf("%d goroutines are left, a fresh app has %d", n, base)
	}
}

// judge holds what was measured to the limits.
func (s *soak) judge(series map[string][]float64) {
	s.Helper()
	for _, name := range slices.Sorted(maps.Keys(s.done)) {
		s.Logf("%6d times %s", s.done[name], name)
	}
	for name, values := range series {
		first, growth := grown(values)
		s.Logf("%s: from %.1f, %+.1f", name, first, growth)
		if slack, ok := soakGrowth[name]; ok && growth > first*0.05+slack {
			s.Errorf("%s grew from %.1f by %.1f:\n%.1f", name, first, growth, values)
		}
	}
	// A machine that does other things too makes some requests late: a short look says
	// nothing of that.
	if *soakTime < time.Minute {
		return
	}
	if first, growth := grown(series["late ms"]); growth > 2*max(first, 0)+20 {
		s.Errorf("requests became slower: %.1f ms", series["late ms"])
	}
}
