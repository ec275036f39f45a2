package agent_test

import (
	"context"
	"flag"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// record makes the files of testdata/v1 from what this client and this server say.
// It was used once, with the first server and client of protocol 1. The files are
// never made anew: an app and a command of any two releases that speak protocol 1
// have to understand each other.
var record = flag.Bool("record", false, "write the frames of testdata/v1")

// recordExchange writes down what a client and a server say to each other.
func recordExchange(t *testing.T, e exchange) {
	t.Helper()
	reach := serve(t, &agent.Server{Service: complete()})
	var tape tape
	_, _ = e.call(t.Context(), agent.NewClient(agent.ClientOptions{Dial: func(ctx context.Context) (net.Conn, error) {
		conn, err := reach(ctx)
		return &taped{conn, &tape}, err
	}}))
	if err := os.MkdirAll(filepath.Join("testdata", "v1"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", "v1", e.name+".txt"), []byte(tape.text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tape has the lines of a conversation, each behind its direction.
type tape struct {
	mu   sync.Mutex
	text strings.Builder
}

func (t *tape) add(way string, bytes []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for line := range strings.Lines(string(bytes)) {
		t.text.WriteString(way + line)
	}
}

// taped is a connection on whose frames nobody waits in pieces: all are short.
type taped struct {
	net.Conn
	tape *tape
}

func (t *taped) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.tape.add("< ", b[:n])
	return n, err
}

func (t *taped) Write(b []byte) (int, error) {
	t.tape.add("> ", b)
	return t.Conn.Write(b)
}
