//go:build linux

package stories_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// soakVerb is something that programs do all day. It returns what must not be.
type soakVerb struct {
	name   string
	weight int
	do     func(context.Context) error
}

type soakVerbs []soakVerb

func (v soakVerbs) pick() soakVerb {
	sum := 0
	for _, one := range v {
		sum += one.weight
	}
	at := rand.N(sum)
	for _, one := range v {
		if at -= one.weight; at < 0 {
			return one
		}
	}
	return v[0]
}

func (s *soak) verbs() soakVerbs {
	// Another worker may lock, or clear a session while it is being made.
	of := func(err error, also ...error) error {
		return allowed(err, append(also, vaultcore.ErrLocked, vaultcore.ErrCanceled)...)
	}
	request := agent.CredentialsRequest{Profile: plain, Caller: s.caller()}
	return soakVerbs{
		{"credentials", 40, s.soakCredentials},
		{"an unknown profile", 6, func(ctx context.Context) error {
			_, err := s.agent.Credentials(ctx, agent.CredentialsRequest{Profile: "nobody"})
			if err == nil {
				return errors.New("there were credentials for it")
			}
			return of(err, vaultcore.ErrNoProfile)
		}},
		{"a snapshot", 6, func(ctx context.Context) error { _, err := s.agent.Snapshot(ctx); return of(err) }},
		{"the status", 6, func(ctx context.Context) error { _, err := s.agent.Status(ctx); return of(err) }},
		{"an explanation", 6, func(ctx context.Context) error { _, err := s.agent.Explain(ctx, request); return of(err) }},
		{"a session renewed", 3, func(ctx context.Context) error { return of(s.agent.Renew(ctx, request)) }},
		{"sessions cleared", 3, func(ctx context.Context) error {
			_, err := s.agent.Clear(ctx, agent.ClearRequest{Profile: plain})
			return of(err)
		}},
		{"a setting", 2, func(ctx context.Context) error {
			return of(s.agent.Set(ctx, agent.SetRequest{Profile: plain, Key: "pinned", Value: []string{"yes", "no"}[rand.N(2)]}))
		}},
		{"a watch", 4, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, rand.N(50*time.Millisecond))
			defer cancel()
			return of(s.agent.Watch(ctx, func() {}), context.DeadlineExceeded)
		}},
		{"half a frame", 8, s.soakHalf},
		{"a command", 6, s.soakCommand},
		{"a killed command", 6, s.soakKilled},
		{"an edit of the config", 2, s.soakEdit},
		{"locked and opened", 1, s.soakLock},
	}
}

// allowed passes over errors of these kinds.
func allowed(err error, kinds ...error) error {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return nil
		}
	}
	return err
}

func (s *soak) soakCredentials(ctx context.Context) error {
	begun := time.Now()
	got, err := s.agent.Credentials(ctx, agent.CredentialsRequest{Profile: plain, Caller: s.caller()})
	if err != nil {
		return allowed(err, vaultcore.ErrLocked, vaultcore.ErrCanceled)
	}
	s.note("credentials handed out", time.Since(begun))
	if got.Credentials.SessionToken.IsZero() || got.Credentials.Left(time.Now()) <= 0 {
		return fmt.Errorf("they are not whole")
	}
	return nil
}

// soakHalf breaks off in the middle of a request.
func (s *soak) soakHalf(ctx context.Context) error {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", s.socketPath())
	if err != nil {
		return err
	}
	const frame = `{"v":1,"op":"credentials","profile":"` + plain + `"}` + "\n"
	_, _ = io.WriteString(conn, frame[:rand.N(len(frame)+1)])
	<-time.After(rand.N(5 * time.Millisecond))
	return conn.Close()
}

// soakCommand is what aws does: one whole object, or nothing and a reason.
func (s *soak) soakCommand(context.Context) error {
	got := s.run("export", "--format=json", plain)
	if (got.code == 4 || got.code == 6) && got.stdout == "" {
		return nil
	}
	if _, err := parse(got.stdout); err != nil || got.code != 0 {
		return fmt.Errorf("exit code %d, %d bytes (%v): %s", got.code, len(got.stdout), err, got.stderr)
	}
	return nil
}

func (s *soak) soakKilled(context.Context) error {
	cmd := s.command("vaultbar", "export", "--format=json", plain)
	if err := cmd.Start(); err != nil {
		return err
	}
	<-time.After(rand.N(20 * time.Millisecond))
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
	return nil
}

// soakEdit writes the config as an editor does.
func (s *soak) soakEdit(context.Context) error {
	aside := s.path("t", "config"+strconv.Itoa(rand.Int()))
	if err := os.WriteFile(aside, fmt.Appendf(nil, "# %d\n%s", rand.Int(), s.config), 0o600); err != nil {
		return err
	}
	return os.Rename(aside, s.configFile())
}

func (s *soak) soakLock(ctx context.Context) error {
	if err := s.agent.Lock(ctx); err != nil {
		return allowed(err, vaultcore.ErrLocked)
	}
	<-time.After(rand.N(20 * time.Millisecond))
	return allowed(s.agent.Unlock(ctx, agent.UnlockRequest{Caller: s.caller()}), vaultcore.ErrLocked)
}
