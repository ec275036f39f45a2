package session

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// printing is a source that prints credentials of a given life, slowly.
type printing struct {
	life time.Duration // 0 for what does not end
	err  error
	asks bool

	mu   sync.Mutex
	runs int
}

func (p *printing) ID(plan.Step) (string, bool) { return "", true }
func (p *printing) Asks(plan.Step) bool         { return p.asks }

func (p *printing) Run(context.Context, plan.Step, vaultcore.Credentials) (vaultcore.Credentials, error) {
	time.Sleep(time.Second)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runs++
	c := vaultcore.Credentials{AccessKeyID: "ASIAPRINTED", SecretAccessKey: vaultcore.NewSecret("canary"), SessionToken: vaultcore.NewSecret("canary")}
	if p.life != 0 {
		c.Expires = time.Now().Add(p.life)
	}
	return c, p.err
}

func (p *printing) ran() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.runs
}

func printed(w *world, p *printing) *Prepared {
	w.options.Sources["process"] = p
	return Prepare(plan.Plan{Profile: "dev", Steps: []plan.Step{{
		Kind: "process", Profile: "dev", Source: vaultcore.Source{Kind: vaultcore.ProcessSource, Key: "credential_process", Value: "okta"},
	}}})
}

// TestPrinted: what is printed with an end is a session like any other, and what has
// none is handed on, once for all who wait together.
func TestPrinted(t *testing.T) {
	for name, test := range map[string]struct {
		source  *printing
		runs    int // for two crowds of fifty
		count   int
		renewed int // afterwards: it is no more in use then
	}{
		"a session":                    {&printing{life: time.Hour}, 1, 1, 1},
		"one that would ask":           {&printing{life: time.Hour, asks: true}, 1, 1, 0},
		"one that does not say an end": {&printing{}, 2, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t.Context(), t)
				prepared := printed(w, test.source)
				go func() { _ = w.Run(t.Context()) }()
				for range 2 {
					var programs sync.WaitGroup
					for range 50 {
						programs.Go(func() {
							if c, err := w.Get(t.Context(), prepared, 0, caller("aws")); err != nil || c.AccessKeyID != "ASIAPRINTED" {
								t.Errorf("%+v, %v", c, err)
							}
						})
					}
					programs.Wait()
				}
				saved, err := w.keychain.Sessions(t.Context())
				if test.source.ran() != test.runs || w.Count() != test.count || len(saved) != test.count || err != nil {
					t.Errorf("%d runs, %d sessions, %d saved, %v", test.source.ran(), w.Count(), len(saved), err)
				}
				time.Sleep(2 * time.Hour)
				if renewed := test.source.ran() - test.runs; renewed != test.renewed {
					t.Errorf("renewed %d times", renewed)
				}
			})
		})
	}
}

// TestPrintingFails: late-comers share the failure for a moment, and a session that
// still lives is served meanwhile.
func TestPrintingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		source := &printing{life: time.Hour, err: vaultcore.Faultf(vaultcore.ErrProcess, "failed")}
		prepared := printed(w, source)
		for range 3 {
			if _, err := w.Get(t.Context(), prepared, 0, caller("aws")); !errors.Is(err, vaultcore.ErrProcess) {
				t.Errorf("got %v", err)
			}
		}
		if source.ran() != 1 {
			t.Errorf("it ran %d times", source.ran())
		}
		time.Sleep(failureLife)
		source.err = nil
		if _, err := w.Get(t.Context(), prepared, 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Minute)
		source.err = vaultcore.Faultf(vaultcore.ErrProcess, "failed")
		if c, err := w.Get(t.Context(), prepared, 0, caller("aws")); err != nil || c.AccessKeyID == "" || source.ran() != 3 {
			t.Errorf("%+v, %v after %d runs", c, err, source.ran())
		}
	})
}
