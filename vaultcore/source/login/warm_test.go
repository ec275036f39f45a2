package login

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
)

// inside carries requests without a socket.
type inside struct{ http.RoundTripper }

func (i inside) For(vaultcore.Via) (http.RoundTripper, error) { return i.RoundTripper, nil }

// noArchive is an archive that keeps nothing.
type noArchive struct{}

func (noArchive) SaveSession(context.Context, string, []byte) error           { return nil }
func (noArchive) Sessions(context.Context) (map[string][]byte, error)         { return nil, nil }
func (noArchive) SessionIDs(context.Context) ([]string, error)                { return nil, nil }
func (noArchive) RemoveSession(ctx context.Context, fingerprint string) error { return nil }

// TestKeptWarm: while programs use a sign-in, its credentials of 15 minutes are refreshed
// ahead of their end, and nobody is asked; unused ones are left to end.
func TestKeptWarm(t *testing.T) {
	d := newFixture(t)
	d.run(d.source()) // ann signs in
	asked := d.asks()
	synctest.Test(t, func(t *testing.T) {
		s := d.source()
		s.options.Carriers = inside{d.aws}
		pool := session.New(t.Context(), session.Options{
			Sources: map[plan.Kind]session.Source{Kind: s}, Archive: noArchive{}, Journal: d.journal, Log: slog.New(slog.DiscardHandler),
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- pool.Run(ctx) }()
		prepared := session.Prepare(plan.Plan{Profile: "dev", Steps: []plan.Step{d.step()}})
		for range 8 * 60 / 13 { // a working day, a program every 13 minutes
			if _, err := pool.Get(t.Context(), prepared, 0, &vaultcore.Caller{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(13 * time.Minute)
			if now, ok := pool.Find(prepared, 0); !ok || time.Until(now.Expires) < 3*time.Minute {
				t.Fatalf("credentials in use have %s left", time.Until(now.Expires))
			}
		}
		used := d.aws.CountOK("CreateOAuth2Token")
		time.Sleep(8 * time.Hour)
		if unused := d.aws.CountOK("CreateOAuth2Token") - used; unused > 2 {
			t.Errorf("unused credentials were refreshed %d times", unused)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if n := d.asks(); n != asked {
		t.Errorf("a person was asked %d times", n-asked)
	}
}
