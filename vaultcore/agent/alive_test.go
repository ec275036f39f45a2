package agent_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
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
			err := do(t.Context(), agent.NewClient(agent.ClientOptions{Dial: silent}))
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
		_, err := agent.NewClient(agent.ClientOptions{Dial: silent}).Credentials(ctx, agent.CredentialsRequest{})
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
			client := agent.NewClient(agent.ClientOptions{Dial: func(context.Context) (net.Conn, error) {
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
			}})
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
	client := agent.NewClient(agent.ClientOptions{Dial: serve(t, &agent.Server{Service: f, Version: "v1.2.3"})})
	if version, err := client.Hello(t.Context()); err != nil || version != "v1.2.3" || len(f.Calls()) != 0 {
		t.Errorf("%q, %v", version, err)
	}
}

// answersAfter is the way to an app that answers a request after so long, and a sign of life
// at once.
func answersAfter(after time.Duration) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			request := make([]byte, 1024)
			n, _ := theirs.Read(request)
			reply := `{"result":{"access_key_id":"ASIA","secret_access_key":"s"}}`
			if strings.Contains(string(request[:n]), `"hello"`) {
				reply = `{"result":{"version":"v1.2.3"}}`
			} else {
				time.Sleep(after)
			}
			_, _ = io.WriteString(theirs, reply+"\n")
			_ = theirs.Close()
		}()
		return ours, nil
	}
}

// What is answered at once is not slow, and who has a person to wait for does not wait
// for ever.
func TestSlowAnswers(t *testing.T) {
	for _, c := range []struct {
		after time.Duration
		slow  int
		err   error
	}{{0, 0, nil}, {20 * time.Millisecond, 0, nil}, {time.Minute, 1, nil}, {time.Hour, 1, context.DeadlineExceeded}} {
		synctest.Test(t, func(t *testing.T) {
			slow := make(chan struct{}, 2)
			client := agent.NewClient(agent.ClientOptions{Dial: answersAfter(c.after), Slow: func() { slow <- struct{}{} }, Patience: 15 * time.Minute})
			_, err := client.Credentials(t.Context(), agent.CredentialsRequest{})
			if len(slow) != c.slow || !errors.Is(err, c.err) {
				t.Errorf("an answer after %v: slow %d times, %v", c.after, len(slow), err)
			}
			time.Sleep(2 * time.Hour) // whoever sleeps in the bubble ends
		})
	}
}

// patient is a connection that can say by itself that nothing comes.
type patient struct {
	net.Conn
	says  bool // it does
	quiet func()
}

func (p *patient) WhenQuiet(_ time.Duration, f func()) { p.quiet = f }

func (p *patient) Read(b []byte) (int, error) {
	if tell := p.quiet; p.says && tell != nil {
		p.quiet = nil
		tell()
	}
	return p.Conn.Read(b)
}

// A connection that can be waited for without a timer is: until it says that nothing
// comes, nothing is watched.
func TestNoTimerUntilQuiet(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			slow := make(chan struct{}, 2)
			client := agent.NewClient(agent.ClientOptions{Slow: func() { slow <- struct{}{} }, Dial: func(ctx context.Context) (net.Conn, error) {
				conn, err := answersAfter(time.Second)(ctx)
				return &patient{Conn: conn, says: quiet}, err
			}})
			_, err := client.Credentials(t.Context(), agent.CredentialsRequest{})
			if err != nil || (len(slow) == 1) != quiet {
				t.Errorf("quiet %v: slow %d times, %v", quiet, len(slow), err)
			}
		})
	}
}
