package keystore

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// anyone is a context under which a program waits.
func anyone() context.Context {
	return vaultcore.WithAudience(context.Background(), vaultcore.Alone(&vaultcore.Caller{Program: "aws"}))
}

// TestThePassphraseIsNotHeldForEver: it is asked for anew when no request needed
// it for two hours, or after twelve. The clock is not that of the timers, which
// stand still while a machine sleeps.
func TestThePassphraseIsNotHeldForEver(t *testing.T) {
	const request, renewal = true, false
	type use struct {
		after   time.Duration // since the last
		who     bool
		refused bool
		asked   bool
	}
	var often []use
	for range 7 {
		often = append(often, use{after: 100 * time.Minute, who: request}) // 11 h 40 min
	}
	for _, test := range []struct {
		name       string
		unattended bool
		uses       []use
	}{
		{"idle for less", false, []use{{after: 2*time.Hour - time.Second, who: request}, {after: 2*time.Hour - time.Second, who: request}}},
		{"idle", false, []use{{after: 2 * time.Hour, who: request, asked: true}}},
		{"idle, then a renewal", false, []use{{after: 2 * time.Hour, who: renewal, refused: true}, {after: time.Minute, who: request, asked: true}}},
		{"renewals alone", false, []use{
			{after: time.Hour, who: renewal}, {after: time.Hour - time.Second, who: renewal}, {after: time.Second, who: renewal, refused: true},
		}},
		{"used all day", false, append(often, use{after: 20 * time.Minute, who: request, asked: true}, use{after: time.Minute, who: request})},
		{"of a machine without a person", true, []use{{after: 1000 * time.Hour, who: renewal}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, p := made(t)
			var now time.Duration
			s, err := Open(t.Context(), Options{Backend: "file", Dir: dir, Unattended: test.unattended,
				Passphrase: func(ctx context.Context, new bool, notice string) (vaultcore.Secret, error) {
					if len(vaultcore.AudienceOf(ctx).Callers()) == 0 {
						return vaultcore.Secret{}, vaultcore.Faultf(vaultcore.ErrLocked, "nobody to ask")
					}
					return p.passphrase(ctx, new, notice)
				}, clock: func() time.Duration { return now }})
			if err != nil {
				t.Fatal(err)
			}
			wantKeyFor(anyone(), t, s)
			p.wasAsked(t, "known")
			for i, use := range test.uses {
				now += use.after
				ctx := context.Background()
				if use.who == request {
					ctx = anyone()
				}
				if use.asked || use.refused {
					wantErr(t, s.SaveSession(ctx, "00112233", []byte("token")), vaultcore.ErrLocked)
				}
				if use.refused {
					_, err := s.Key(ctx, "prod")
					wantErr(t, err, vaultcore.ErrLocked)
					continue
				}
				wantKeyFor(ctx, t, s)
				if use.asked {
					p.wasAsked(t, "known")
				} else if p.wasAsked(t); t.Failed() {
					t.Fatalf("use %d", i)
				}
				if err := s.SaveSession(ctx, "00112233", []byte("token")); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func wantKeyFor(ctx context.Context, t *testing.T, s *Store) {
	t.Helper()
	if got, err := s.Key(ctx, "prod"); err != nil || got.AccessKeyID != key(2).AccessKeyID {
		t.Errorf("Key = %v, %v", got, err)
	}
}

// TestThePassphraseLeavesTheMemory: also when nobody comes to look.
func TestThePassphraseLeavesTheMemory(t *testing.T) {
	dir, p := made(t)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s, err := Open(t.Context(), Options{Backend: "file", Dir: dir, Passphrase: p.passphrase,
			clock: func() time.Duration { return time.Since(start) }})
		if err != nil {
			t.Fatal(err)
		}
		held := func() bool {
			k := &s.unlocker.(*fileBackend).passkey
			k.mu.Lock()
			defer k.mu.Unlock()
			return !k.key.IsZero()
		}
		wantKeyFor(anyone(), t, s)
		time.Sleep(time.Hour)
		wantKeyFor(anyone(), t, s)
		time.Sleep(2*time.Hour - time.Second)
		synctest.Wait()
		if !held() {
			t.Error("dropped too early")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if held() {
			t.Error("still held")
		}
	})
}
