package agent_test

import (
	"io"
	"net"
	"os"
	"runtime"
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

// settle waits until the process is back to what it was.
func settle(t *testing.T, goroutines, files int) {
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
	good := &agent.Client{Dial: reach}
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
	settle(t, goroutines, files)
}
