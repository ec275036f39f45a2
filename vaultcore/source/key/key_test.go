package key

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// keychain holds one key, whose id takes a second to read.
type keychain struct {
	id    string
	reads int
	err   error
	panic bool // at the first read
}

func (k *keychain) KeyID(ctx context.Context, _ string) (string, error) {
	k.reads++
	id := k.id
	select {
	case <-time.After(time.Second):
		if k.panic {
			k.panic = false
			panic("the keychain's library")
		}
		return id, k.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (k *keychain) Key(context.Context, string) (vaultcore.Credentials, error) {
	return vaultcore.Credentials{AccessKeyID: k.id}, k.err
}

func (k *keychain) Asks() bool { return k.err != nil }

var base = plan.Step{Kind: plan.Key, KeyName: "base"}

// TestLearn: an id is read once, unless the key is replaced while it is read.
func TestLearn(t *testing.T) {
	for _, test := range []struct {
		name      string
		meanwhile func(*Source)
		want      string
		reads     int
		known     bool
	}{
		{"read once", func(*Source) {}, "AKIAOLD", 1, true},
		{"replaced meanwhile: read again", func(s *Source) { s.Forget("base") }, "AKIANEW", 2, true},
		{"another one is replaced", func(s *Source) { s.Forget("other") }, "AKIAOLD", 1, true},
		{"locked meanwhile: not remembered", func(s *Source) { s.ForgetAll() }, "AKIAOLD", 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := &keychain{id: "AKIAOLD"}
				s := New(k, nil)
				if _, known := s.ID(base); known {
					t.Error("known before it was read")
				}
				learned := make(chan string)
				go func() {
					id, err := s.Learn(t.Context(), base)
					if err != nil {
						t.Error(err)
					}
					learned <- id
				}()
				synctest.Wait()
				k.id = "AKIANEW"
				test.meanwhile(s)
				if id := <-learned; id != test.want || k.reads != test.reads {
					t.Errorf("learned %s in %d reads", id, k.reads)
				}
				if _, known := s.ID(base); known != test.known {
					t.Errorf("known afterwards: %v", known)
				}
			})
		})
	}
}

// TestManyLearnAtOnce: those who come at once cost one read, also when the first of them
// leaves.
func TestManyLearnAtOnce(t *testing.T) {
	for name, want := range map[string]int{"all stay": 0, "the first leaves": 1} {
		synctest.Test(t, func(t *testing.T) {
			k := &keychain{id: "AKIAOLD"}
			s := New(k, nil)
			first, leave := context.WithCancel(t.Context())
			defer leave()
			learned := make(chan error)
			learn := func(ctx context.Context) {
				id, err := s.Learn(ctx, base)
				if err == nil && id != "AKIAOLD" {
					t.Errorf("%s: learned %q", name, id)
				}
				learned <- err
			}
			go learn(first)
			synctest.Wait()
			for range 9 {
				go learn(t.Context())
			}
			synctest.Wait()
			if want > 0 {
				leave()
			}
			failed := 0
			for range 10 {
				if err := <-learned; err != nil {
					failed++
				}
			}
			if k.reads != 1 || failed != want {
				t.Errorf("%s: %d reads, %d failed", name, k.reads, failed)
			}
		})
	}
}

// TestAReadThatPanics: it fails those who wait for it, and who comes after reads anew.
func TestAReadThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keychain{id: "AKIAOLD", panic: true}
		s := New(k, nil)
		failed := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := s.Learn(t.Context(), base)
				failed <- err
			}()
		}
		for range 2 {
			if err := <-failed; !errors.Is(err, vaultcore.ErrInternal) {
				t.Errorf("failed with %v", err)
			}
		}
		if id, err := s.Learn(t.Context(), base); err != nil || id != "AKIAOLD" || k.reads != 2 {
			t.Errorf("learned %q, %v, %d reads", id, err, k.reads)
		}
	})
}

func TestRunReadsTheKey(t *testing.T) {
	k := &keychain{id: "AKIAOLD"}
	s := New(k, nil)
	if c, err := s.Run(t.Context(), base, vaultcore.Credentials{}); err != nil || c.AccessKeyID != k.id || s.Asks(base) {
		t.Errorf("%v, %v, asks %v", c, err, s.Asks(base))
	}
	k.err = vaultcore.Faultf(vaultcore.ErrLocked, "locked")
	if _, err := s.Run(t.Context(), base, vaultcore.Credentials{}); !errors.Is(err, vaultcore.ErrLocked) || !s.Asks(base) {
		t.Errorf("locked: %v, asks %v", err, s.Asks(base))
	}
}
