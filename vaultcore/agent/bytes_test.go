package agent_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// TestBytes holds that client and server say what the first version said, to the
// byte, but for the one field that came since.
func TestBytes(t *testing.T) {
	for _, e := range exchanges() {
		t.Run(e.name, func(t *testing.T) {
			reach := serve(t, &agent.Server{Service: complete()})
			var tape tape
			_, _ = e.call(t.Context(), &agent.Client{Dial: func(ctx context.Context) (net.Conn, error) {
				conn, err := reach(ctx)
				return &taped{conn, &tape}, err
			}})
			var want strings.Builder
			for _, f := range readFrames(t, e.name) {
				way := "< "
				if f.request {
					way = "> "
				}
				want.WriteString(way + f.text + "\n")
			}
			if got := strings.ReplaceAll(tape.text.String(), `,"approves":true`, ""); got != want.String() {
				t.Errorf("got\n%swant\n%s", got, want.String())
			}
		})
	}
}
