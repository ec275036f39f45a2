package agent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// TestMain plays an app of its own when it is told to: one that puts a
// question to each caller and so never answers by itself.
func TestMain(m *testing.M) {
	path := os.Getenv("SERVE")
	if path == "" {
		os.Exit(m.Run())
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("serving")
	f, _ := fake()
	_ = (&agent.Server{Service: f}).Serve(context.Background(), l)
}

// When the app is killed while fifty callers wait at a question, each hears at
// once that it is gone, and its question ends.
func TestKilledApp(t *testing.T) {
	dir, err := os.MkdirTemp("", "vb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	app := exec.Command(exe)
	app.Env = append(os.Environ(), "SERVE="+path)
	out, err := app.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Process.Kill() })
	word := make([]byte, len("serving\n"))
	if _, err := io.ReadFull(out, word); err != nil || string(word) != "serving\n" {
		t.Fatalf("the app said %q, %v", word, err)
	}
	client := agent.NewClient(agent.ClientOptions{Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}})
	asked := make(chan struct{}, 50)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			_, err := client.Credentials(t.Context(), agent.CredentialsRequest{
				Profile: testkit.RoleProfile,
				Caller: testkit.Person(func(ctx context.Context, _ vaultcore.Question) (vaultcore.Secret, error) {
					asked <- struct{}{}
					<-ctx.Done()
					return vaultcore.Secret{}, ctx.Err()
				}),
			})
			if !errors.Is(err, vaultcore.ErrUnreachable) || errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
	for range 50 {
		wait.For(t, "the service is asked", asked)
	}
	if err := app.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = app.Wait()
	all.Wait()
	if _, err := client.Status(t.Context()); !errors.Is(err, vaultcore.ErrUnreachable) {
		t.Errorf("after the kill: %v", err)
	}
}
