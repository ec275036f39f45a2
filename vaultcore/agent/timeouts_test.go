package agent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// pipes is a listener inside the test: its time is the test's.
type pipes struct {
	conns  chan net.Conn
	errs   chan error
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), errs: make(chan error), closed: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case err := <-p.errs:
		return nil, err
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (*pipes) Addr() net.Addr { return &net.UnixAddr{} }

func (p *pipes) reach(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours, nil
}

// inBubble runs a server and a test in a bubble of its own time.
func inBubble(t *testing.T, server *agent.Server, test func(t *testing.T, p *pipes)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- server.Serve(ctx, p) }()
		test(t, p)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
}

// lifetime is how long the server keeps a connection on which nothing more is
// sent, and the last that it says.
func lifetime(t *testing.T, c net.Conn) (time.Duration, string) {
	t.Helper()
	start := time.Now()
	said, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("reading to the end: %v", err)
	}
	return time.Since(start).Round(time.Second), string(said)
}

func TestIdleConnectionEnds(t *testing.T) {
	f, _ := fake()
	inBubble(t, &agent.Server{Service: f}, func(t *testing.T, p *pipes) {
		c, _ := p.reach(t.Context())
		if took, said := lifetime(t, c); took != 60*time.Second || said != "" {
			t.Errorf("an idle connection ended after %v with %q, want 60 s and nothing", took, said)
		}
	})
}

// A frame that has begun must be whole within 5 s, however its bytes trickle in.
func TestHalfFrameEnds(t *testing.T) {
	f, _ := fake()
	inBubble(t, &agent.Server{Service: f}, func(t *testing.T, p *pipes) {
		stalled, _ := p.reach(t.Context())
		_, _ = io.WriteString(stalled, `{"v":1,`)
		took, said := lifetime(t, stalled)
		if took != 5*time.Second || code(t, said) != "request" {
			t.Errorf("a half frame ended after %v with %q, want 5 s and a reason", took, said)
		}
		trickle, _ := p.reach(t.Context())
		start := time.Now()
		var sender sync.WaitGroup
		sender.Go(func() {
			for range 100 {
				time.Sleep(time.Second)
				if _, err := io.WriteString(trickle, "{"); err != nil {
					return
				}
			}
		})
		_, _ = io.ReadAll(trickle)
		if took := time.Since(start).Round(time.Second); took != 6*time.Second {
			t.Errorf("a trickle that began after 1 s ended after %v, want 6 s", took)
		}
		sender.Wait()
	})
}

// A person may take their time over a question, and so may the work: only what
// the peer itself must do has a limit.
func TestQuestionHasNoLimit(t *testing.T) {
	f, _ := fake()
	inBubble(t, &agent.Server{Service: f}, func(t *testing.T, p *pipes) {
		client := agent.NewClient(agent.ClientOptions{Dial: p.reach})
		_, err := client.Credentials(t.Context(), agent.CredentialsRequest{
			Profile: testkit.RoleProfile,
			Caller: testkit.Person(func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
				time.Sleep(3 * time.Hour)
				return vaultcore.NewSecret("123456"), nil
			}),
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// An answer is heard at once, not when the work has taken long enough for the
// connection to be watched anyway.
func TestAnswerIsHeardAtOnce(t *testing.T) {
	f, _ := fake()
	inBubble(t, &agent.Server{Service: f}, func(t *testing.T, p *pipes) {
		start := time.Now()
		_, err := agent.NewClient(agent.ClientOptions{Dial: p.reach}).Credentials(t.Context(), agent.CredentialsRequest{
			Profile: testkit.RoleProfile,
			Caller: testkit.Person(func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
				return vaultcore.NewSecret("123456"), nil
			}),
		})
		if took := time.Since(start); err != nil || took != 0 {
			t.Errorf("took %v, %v", took, err)
		}
	})
}

// A peer that does not read its reply holds up nobody, and is gone in 5 s.
func TestUnreadReply(t *testing.T) {
	f, _ := fake()
	inBubble(t, &agent.Server{Service: f}, func(t *testing.T, p *pipes) {
		deaf, _ := p.reach(t.Context())
		_, _ = io.WriteString(deaf, `{"v":1,"op":"status"}`+"\n")
		time.Sleep(5*time.Second + time.Millisecond)
		synctest.Wait()
		if _, err := deaf.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the deaf peer is still connected: %v", err)
		}
	})
}

// Without a descriptor for a new connection the server waits and goes on.
func TestAcceptFailures(t *testing.T) {
	f, _ := fake()
	var log bytes.Buffer
	inBubble(t, &agent.Server{Service: f, Log: slog.New(slog.NewTextHandler(&log, nil))}, func(t *testing.T, p *pipes) {
		start := time.Now()
		for range 100 {
			p.errs <- &net.OpError{Op: "accept", Err: syscall.EMFILE}
		}
		if c := dial(t, p.reach); code(t, c.say(t, `{"v":1,"op":"status"}`)) != "" {
			t.Error("no service after it recovered")
		}
		if took := time.Since(start); took < 50*time.Second {
			t.Errorf("100 failures were tried in %v: that is a busy loop", took)
		}
	})
	if n := strings.Count(log.String(), "cannot accept"); n != 1 {
		t.Errorf("logged %d times, want once:\n%s", n, log.String())
	}
}

// A descriptor that is wanted for a new connection is taken from the peer that has
// asked nothing for longest, at once; one at work keeps its own.
func TestAcceptFailureTakesFromTheIdle(t *testing.T) {
	f, _ := fake()
	inBubble(t, &agent.Server{Service: f}, func(t *testing.T, p *pipes) {
		hold := make(chan struct{})
		f.Hold = hold
		busy := dial(t, p.reach)
		_, _ = fmt.Fprintf(busy, `{"v":1,"op":"credentials","profile":%q}`+"\n", testkit.BaseProfile)
		oldest, _ := p.reach(t.Context())
		time.Sleep(time.Second)
		younger := dial(t, p.reach)
		synctest.Wait()
		p.errs <- &net.OpError{Op: "accept", Err: syscall.EMFILE}
		if took, _ := lifetime(t, oldest); took != 0 {
			t.Errorf("the idle connection made room after %v", took)
		}
		start := time.Now()
		next := dial(t, p.reach)
		close(hold)
		for _, c := range []*line{next, younger} {
			if got := c.say(t, `{"v":1,"op":"status"}`); code(t, got) != "" {
				t.Errorf("heard %s", got)
			}
		}
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("the next one waited %s", took)
		}
		if got := busy.hear(t); code(t, got) != "" {
			t.Errorf("a connection at work was disturbed: %s", got)
		}
	})
}

// Of 512 connections an idle one makes room; when all are at work the next is
// refused and told so.
func TestTooManyConnections(t *testing.T) {
	f, _ := fake()
	inBubble(t, &agent.Server{Service: f}, func(t *testing.T, p *pipes) {
		hold := make(chan struct{})
		f.Hold = hold
		first, _ := p.reach(t.Context())
		var busy []*line
		for range 511 {
			c := dial(t, p.reach)
			_, _ = fmt.Fprintf(c, `{"v":1,"op":"credentials","profile":%q}`+"\n", testkit.BaseProfile)
			busy = append(busy, c)
		}
		synctest.Wait()
		last := dial(t, p.reach)
		if took, _ := lifetime(t, first); took != 0 {
			t.Errorf("the idle connection made room after %v", took)
		}
		_, _ = fmt.Fprintf(last, `{"v":1,"op":"credentials","profile":%q}`+"\n", testkit.BaseProfile)
		synctest.Wait()
		refused := dial(t, p.reach)
		if got := refused.hear(t); code(t, got) != "busy" || !strings.Contains(got, `"hint"`) {
			t.Errorf("number 513 heard %s, want busy and a hint", got)
		}
		refused.ended(t)
		close(hold)
		for _, c := range append(busy, last) {
			if got := c.hear(t); code(t, got) != "" {
				t.Fatalf("a connection at work was disturbed: %s", got)
			}
		}
	})
}
