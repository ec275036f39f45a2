package agent_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// resources are what a connection costs the process.
func resources() (goroutines, files int) {
	entries, _ := os.ReadDir("/proc/self/fd")
	return runtime.NumGoroutine(), len(entries)
}

// waitIdle waits until the process is back to what it was.
func waitIdle(t *testing.T, goroutines, files int) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		g, f := resources()
		if g <= goroutines+5 && f <= files+5 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines and %d files are left, there were %d and %d", g, f, goroutines, files)
		}
		runtime.Gosched()
	}
}

// Every beginning of every frame, then nothing or the end, hurts nobody else
// and leaves nothing behind; so do a thousand peers that never finish.
func TestHalfFramesAndSlowPeers(t *testing.T) {
	f, _ := fake()
	reach := serve(t, &agent.Server{Service: f})
	good := agent.NewClient(agent.ClientOptions{Dial: reach})
	healthy := func() {
		t.Helper()
		if _, err := good.Credentials(t.Context(), agent.CredentialsRequest{Profile: testkit.BaseProfile}); err != nil {
			t.Fatalf("a healthy client got %v", err)
		}
	}
	healthy()
	goroutines, files := resources()
	served := len(f.Calls())
	frame := `{"v":1,"op":"credentials","profile":"bastion-system","min_ttl":"15m","answers":["mfa"],"tty":true}`
	for end := range len(frame) + 1 {
		c, err := reach(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, frame[:end])
		_ = c.Close()
	}
	if got := len(f.Calls()); got != served {
		t.Errorf("half frames made %d calls", got-served)
	}
	healthy()
	var slow []net.Conn
	for range 1000 {
		c, err := reach(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, `{"v":1`)
		slow = append(slow, c)
	}
	for range 50 {
		healthy()
	}
	long := dial(t, reach)
	_, _ = io.WriteString(long, strings.Repeat("x", 256<<10))
	if got := long.hear(t); code(t, got) != "request" || !strings.Contains(got, "256 KiB") {
		t.Errorf("an endless frame got %s", got)
	}
	long.ended(t)
	_ = long.Close()
	for _, c := range slow {
		_ = c.Close()
	}
	waitIdle(t, goroutines, files)
}

// The bounds of TestStalledFrames. What a client waits is the median: the machine
// that runs the test has other things to do as well. Where it is busy, ten times what
// that client waits alone is as good.
const (
	stalledAtOnce = 400
	mostWait      = 20 * time.Millisecond
	mostTimes     = 10
	mostMemory    = 1 << 20
)

// requests are the frames that a command of the first version sends, one of each kind.
func requests(t *testing.T) (frames []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "v1", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, f := range readFrames(t, strings.TrimSuffix(filepath.Base(file), ".txt")) {
			if f.request && !slices.Contains(frames, f.text) {
				frames = append(frames, f.text)
			}
		}
	}
	return frames
}

// memory is what the process holds when all that can be freed is.
func memory() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what a sync.Pool holds goes at the second
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// Every beginning of every frame stalls, hundreds at a time. Another client is served
// as quickly as ever meanwhile, and when they have left nothing of them is kept.
func TestStalledFrames(t *testing.T) {
	f, _ := fake()
	reach := serve(t, &agent.Server{Service: f})
	good := agent.NewClient(agent.ClientOptions{Dial: reach})
	var waits []time.Duration
	healthy := func() {
		t.Helper()
		begun := time.Now()
		if _, err := good.Credentials(t.Context(), agent.CredentialsRequest{Profile: testkit.BaseProfile}); err != nil {
			t.Fatalf("a healthy client got %v", err)
		}
		waits = append(waits, time.Since(begun))
	}
	var prefixes []string
	for _, frame := range requests(t) {
		for end := 1; end <= len(frame); end++ {
			prefixes = append(prefixes, frame[:end])
		}
	}
	if len(prefixes) < 1000 {
		t.Fatalf("only %d beginnings", len(prefixes))
	}
	stall := func(some []string) {
		var stalled []net.Conn
		for i, prefix := range some {
			c, err := reach(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(c, prefix); err != nil {
				t.Fatal(err)
			}
			stalled = append(stalled, c)
			if i%20 == 19 {
				healthy()
			}
		}
		for _, c := range stalled {
			_ = c.Close()
		}
	}
	for range 50 {
		healthy()
	}
	slices.Sort(waits)
	alone := waits[len(waits)/2]
	waits = nil
	goroutines, files := resources()
	stall(prefixes[:stalledAtOnce]) // makes what is kept for good
	waitIdle(t, goroutines, files)
	calls, before := len(f.Calls()), memory()
	for some := range slices.Chunk(prefixes, stalledAtOnce) {
		stall(some)
		waitIdle(t, goroutines, files)
	}
	noted := int64(len(f.Calls())-calls) * 512 // by the fake, of the healthy client's requests
	if got := memory() - before; got > mostMemory+noted {
		t.Errorf("%d bytes more are held than before %d stalled frames", got, len(prefixes))
	}
	slices.Sort(waits)
	median, late := waits[len(waits)/2], waits[len(waits)*99/100]
	t.Logf("%d stalled frames; a healthy client waited %s, %s in the worst hundredth, and %s alone", len(prefixes), median, late, alone)
	if median > max(mostWait, mostTimes*alone) {
		t.Errorf("a healthy client waited %s, and %s alone", median, alone)
	}
}
