package agent_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// silent is the way to an app that takes every connection and says nothing.
func silent(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		_, _ = io.Copy(io.Discard, theirs)
		_ = theirs.Close()
	}()
	return ours, nil
}

// Whatever is asked of an app that gives no sign of life ends within 5 s, also what
// may wait for a person.
func TestSilentApp(t *testing.T) {
	for name, do := range map[string]func(context.Context, *agent.Client) error{
		"status": func(ctx context.Context, c *agent.Client) error { _, err := c.Status(ctx); return err },
		"stop":   func(ctx context.Context, c *agent.Client) error { return c.Stop(ctx) },
		"watch":  func(ctx context.Context, c *agent.Client) error { return c.Watch(ctx, func() {}) },
		"hello":  func(ctx context.Context, c *agent.Client) error { _, err := c.Hello(ctx); return err },
		"credentials": func(ctx context.Context, c *agent.Client) error {
			_, err := c.Credentials(ctx, agent.CredentialsRequest{})
			return err
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			err := do(t.Context(), &agent.Client{Dial: silent})
			if took := time.Since(began); !errors.Is(err, agent.ErrSilent) || !errors.Is(err, vaultcore.ErrUnreachable) || took > 5*time.Second {
				t.Errorf("%s: %v after %v", name, err, took)
			}
		})
	}
}

// A caller who leaves is told that, not that the app is silent.
func TestSilentAppAndACallerWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := (&agent.Client{Dial: silent}).Credentials(ctx, agent.CredentialsRequest{})
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, agent.ErrSilent) {
			t.Errorf("got %v", err)
		}
	})
}

// Of an app that is there a caller may wait for hours, also one that is too old to
// know how to give a sign of life, or has no room for another connection.
func TestAnAppThatIsBusyForHours(t *testing.T) {
	for name, sign := range map[string]string{
		"new":  `{"result":{"version":"v1.2.3"}}`,
		"old":  `{"error":{"code":"version","message":"the running app does not know \"hello\""}}`,
		"full": `{"error":{"code":"busy","message":"too many programs are connected to Vaultbar"}}`,
		"gone": ``,
	} {
		synctest.Test(t, func(t *testing.T) {
			first, reply := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, reply) }()
			dials := 0
			client := &agent.Client{Dial: func(context.Context) (net.Conn, error) {
				if dials++; dials == 1 {
					return first, nil
				}
				ours, theirs := net.Pipe()
				go func() {
					_, _ = theirs.Read(make([]byte, 1024))
					if sign != "" {
						_, _ = io.WriteString(theirs, sign+"\n")
					}
					_ = theirs.Close()
				}()
				return ours, nil
			}}
			time.AfterFunc(3*time.Hour, func() {
				_, _ = io.WriteString(reply, `{"result":{"access_key_id":"ASIA","secret_access_key":"s"}}`+"\n")
				_ = reply.Close()
			})
			result, err := client.Credentials(t.Context(), agent.CredentialsRequest{Profile: testkit.BaseProfile})
			if err != nil || result.Credentials.AccessKeyID != "ASIA" || dials < 3 {
				t.Errorf("%s: %v after %d connections", name, err, dials)
			}
		})
	}
}

// The server says its version, whatever its service is busy with.
func TestHello(t *testing.T) {
	f, _ := fake()
	f.Errors = map[string]error{"status": vaultcore.ErrLocked}
	client := &agent.Client{Dial: serve(t, &agent.Server{Service: f, Version: "v1.2.3"})}
	if version, err := client.Hello(t.Context()); err != nil || version != "v1.2.3" || len(f.Calls()) != 0 {
		t.Errorf("%q, %v", version, err)
	}
}
