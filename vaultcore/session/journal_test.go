package session

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
)

// TestEndedForGood: whatever the keychain does at each step of an end, nobody is
// served what was ended: at once, after a restart with the keychain still away,
// nor after one with it back. With it back, what it had is removed.
func TestEndedForGood(t *testing.T) {
	away := vaultcore.Faultf(vaultcore.ErrKeychain, "the keychain is gone")
	ends := map[string]func(t *testing.T, w *world) error{
		"one":      func(t *testing.T, w *world) error { _, err := w.end(t, base()); return err },
		"all":      func(t *testing.T, w *world) error { _, err := w.EndAll(t.Context()); return err },
		"of a key": func(t *testing.T, w *world) error { _, err := w.Forget(t.Context(), "base"); return err },
	}
	for step, fail := range map[string]func(*keychain){
		"reading":  func(k *keychain) { k.err = away },
		"listing":  func(k *keychain) { k.unlisted = away },
		"removing": func(k *keychain) { k.full = true },
		"each":     func(k *keychain) { k.err, k.unlisted, k.full = away, away, true },
	} {
		for verb, end := range ends {
			for _, started := range []string{"used", "started anew", "started with it away"} {
				t.Run(step+" "+verb+" "+started, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := newWorld(t.Context(), t)
						w.path = filepath.Join(t.TempDir(), "journal.json")
						w.restart(t.Context())
						old, err := w.Get(t.Context(), base(), 0, caller("aws"))
						if err != nil {
							t.Fatal(err)
						}
						if started == "started anew" {
							w.restart(t.Context())
							if err := errors.Join(w.Load(t.Context()), w.learn(t.Context(), base())); err != nil || w.Count() != 1 {
								t.Fatalf("%v, %d loaded", err, w.Count())
							}
						}
						fail(w.keychain)
						if started == "started with it away" {
							w.restart(t.Context())
							_ = w.Load(t.Context())
						}
						err = end(t, w)
						if len(w.keychain.items) > 0 && verb != "of a key" && (err == nil || vaultcore.Hint(err) == "" || !errors.Is(err, vaultcore.ErrKeychain)) {
							t.Errorf("%d are left, told %v, hint %q", len(w.keychain.items), err, vaultcore.Hint(err))
						}
						if err != nil && !strings.Contains(err.Error(), "copies could not") {
							t.Errorf("told %v", err)
						}
						if w.Count() != 0 {
							t.Fatalf("%d are in memory", w.Count())
						}
						w.restart(t.Context())
						_ = w.Load(t.Context())
						if w.Count() != 0 {
							t.Fatalf("%d are back after a restart", w.Count())
						}
						w.keychain.err, w.keychain.unlisted, w.keychain.full = nil, nil, false
						for range 2 {
							w.restart(t.Context())
							if err := w.Load(t.Context()); err != nil || w.Count() != 0 || len(w.keychain.items) != 0 {
								t.Fatalf("with the keychain back: %v, %d served, %d kept", err, w.Count(), len(w.keychain.items))
							}
						}
						w.person.codes = []string{"222222"}
						again, err := w.Get(t.Context(), base(), 0, caller("aws"))
						if err != nil || again.AccessKeyID == old.AccessKeyID {
							t.Errorf("%v; the old session: %t", err, again.AccessKeyID == old.AccessKeyID)
						}
						w.restart(t.Context())
						if err := w.Load(t.Context()); err != nil || w.Count() != 1 {
							t.Errorf("the new one: %v, %d loaded", err, w.Count())
						}
					})
				})
			}
		}
	}
}

// TestEndReachesEverySessionOfAProfile: also those of another length, and those
// that an earlier run saved, whether or not the plan can be made.
func TestEndReachesEverySessionOfAProfile(t *testing.T) {
	for _, away := range []bool{false, true} {
		for _, restarted := range []bool{false, true} {
			t.Run(fmt.Sprintf("keychain away %t, restarted %t", away, restarted), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t.Context(), t)
					w.path = filepath.Join(t.TempDir(), "journal.json")
					w.restart(t.Context())
					short, other := role("prod"), role("other")
					short.Plan.Steps[2].Duration = 20 * time.Minute
					for _, prepared := range []*Prepared{role("prod"), short, other} {
						if _, err := w.Get(t.Context(), prepared, 0, caller("aws")); err != nil {
							t.Fatal(err)
						}
					}
					if restarted {
						w.restart(t.Context())
						if err := w.Load(t.Context()); err != nil || w.Count() != 4 {
							t.Fatalf("%v, %d loaded", err, w.Count())
						}
					}
					gone := vaultcore.Faultf(vaultcore.ErrKeychain, "the keychain is gone")
					w.keychain.full = away
					n, err := w.End(t.Context(), "prod", func(context.Context) (*Prepared, error) {
						if away {
							return nil, gone
						}
						return role("prod"), nil
					})
					if n != 2 || (err != nil) != away || w.Count() != 2 {
						t.Errorf("ended %d, %v; %d are left", n, err, w.Count())
					}
					w.keychain.full = false
					w.restart(t.Context())
					if err := errors.Join(w.Load(t.Context()), w.learn(t.Context(), base())); err != nil || w.Count() != 2 || len(w.keychain.items) != 2 {
						t.Errorf("after a restart: %v, %d in memory, %d kept", err, w.Count(), len(w.keychain.items))
					}
					if _, ok := w.Find(other, 2); !ok {
						t.Error("the session of another profile ended")
					}
				})
			})
		}
	}
}

// TestWhatWasLeftIsRemovedLater: without a restart too, when the next session is made.
func TestWhatWasLeftIsRemovedLater(t *testing.T) {
	for verb, end := range map[string]func(t *testing.T, w *world) error{
		"one":      func(t *testing.T, w *world) error { _, err := w.end(t, role("prod")); return err },
		"all":      func(t *testing.T, w *world) error { _, err := w.EndAll(t.Context()); return err },
		"of a key": func(t *testing.T, w *world) error { _, err := w.Forget(t.Context(), "base"); return err },
	} {
		t.Run(verb, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t.Context(), t)
				if _, err := w.Get(t.Context(), role("prod"), 0, caller("aws")); err != nil {
					t.Fatal(err)
				}
				w.keychain.full = true
				if err := end(t, w); err == nil {
					t.Fatal("nothing was left")
				}
				w.keychain.full = false
				w.person.codes = []string{"222222"}
				if _, err := w.Get(t.Context(), role("other"), 0, caller("aws")); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if len(w.keychain.items) != 2 || w.Count() != 2 {
					t.Errorf("%d are kept, %d in memory", len(w.keychain.items), w.Count())
				}
			})
		})
	}
}

// Who ends a profile that does not exist is told, and nothing is ended.
func TestEndOfNoProfile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		_, err := w.End(t.Context(), "nosuch", func(context.Context) (*Prepared, error) {
			return nil, vaultcore.Faultf(vaultcore.ErrNoProfile, "no profile")
		})
		if !errors.Is(err, vaultcore.ErrNoProfile) {
			t.Errorf("got %v", err)
		}
	})
}

// TestAnEndThatCannotBeKept: with neither keychain nor disk a person is told that
// a restart undoes it.
func TestAnEndThatCannotBeKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), t)
		w.path = t.TempDir() // no file can be written in its place
		w.restart(t.Context())
		if _, err := w.Get(t.Context(), base(), 0, caller("aws")); err != nil {
			t.Fatal(err)
		}
		w.keychain.full = true
		n, err := w.EndAll(t.Context())
		if n != 1 || !errors.Is(err, vaultcore.ErrKeychain) || !strings.Contains(vaultcore.Hint(err), "after a restart") || w.Count() != 0 {
			t.Errorf("ended %d, %v, hint %q; %d in memory", n, err, vaultcore.Hint(err), w.Count())
		}
	})
}

// journal is the journal of a world.
func (w *world) journal() *journal.Journal {
	j, _ := journal.Open(w.path) // one that cannot be read is used all the same
	return j
}
