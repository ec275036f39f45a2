//go:build unix

package cli

import (
	"net"
	"os"
	"testing"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// TestDialAhead: a command that asks for credentials is connected before its arguments
// are read, its request uses that connection, and one that has gone meanwhile costs
// nothing but another.
func TestDialAhead(t *testing.T) {
	w := newWorld(t)
	w.serve(t, sampleService())
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = null.Close() })
	for name, meanwhile := range map[string]func(net.Conn){
		"it is there": func(net.Conn) {},
		"it has gone": func(c net.Conn) { _ = c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram([]string{commandName, "export", "--format=json", "hoge-system"}, w.env, streams{null, null, null}, func() {})
			if _, _, ok := p.quick(t.Context()); !ok || p.app.Ahead == nil {
				t.Fatalf("not connected after the arguments were read: %v", ok)
			}
			meanwhile(p.app.Ahead)
			got, err := reach.Request(t.Context(), new(terminal.Asker), p.app.Client().Credentials, agent.CredentialsRequest{Profile: "hoge-system"})
			if err != nil || got.Credentials.SecretAccessKey.IsZero() || p.app.Ahead != nil {
				t.Errorf("%v, with the connection left: %v", err, p.app.Ahead != nil)
			}
		})
	}
	p := newProgram([]string{commandName, "version"}, w.env, streams{null, null, null}, func() {})
	if _, _, ok := p.quick(t.Context()); !ok || p.app.Ahead != nil {
		t.Error("version connected to the app")
	}
}
