package credserver

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/localhttp"
)

func ofNobody(_, _ netip.AddrPort) bool { return false }

// TestNeverWaitsForAPerson: a request that needs a person fails at once, while they are
// asked aside, once; the request after their answer is served.
func TestNeverWaitsForAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var answered atomic.Bool
		v := new(vault)
		v.answers = func(profile string, _ time.Duration, ask bool) (vaultcore.Credentials, error) {
			if ask {
				time.Sleep(time.Minute) // the person looks for their phone
				answered.Store(true)
			}
			if !answered.Load() {
				return vaultcore.Credentials{}, vaultcore.ErrNobodyToAsk
			}
			return session(profile, time.Now().Add(time.Hour)), nil
		}
		f := newFetcher(v.credentials, t.Context(), containerTime)
		for range 5 {
			begun := time.Now()
			if _, err := f.get(t.Context(), "prod"); !errors.Is(err, errAsked) {
				t.Errorf("got %v", err)
			}
			if waited := time.Since(begun); waited != 0 {
				t.Errorf("it waited %s", waited)
			}
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		if got, err := f.get(t.Context(), "prod"); err != nil || got.AccessKeyID != "ASIAPROD" {
			t.Errorf("after the answer: %v", err)
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		if n := len(slices.DeleteFunc(v.asked, func(who string) bool { return who != "prod, a person" })); n != 1 {
			t.Errorf("the person was asked %d times", n)
		}
	})
}

// TestSlowAWS: what takes longer than SDKs wait goes on by itself, once for all.
func TestSlowAWS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vault{answers: func(profile string, _ time.Duration, _ bool) (vaultcore.Credentials, error) {
			time.Sleep(5 * time.Second)
			return session(profile, time.Now().Add(time.Hour)), nil
		}}
		f := newFetcher(v.credentials, t.Context(), containerTime)
		for range 3 {
			if _, err := f.get(t.Context(), "prod"); !errors.Is(err, vaultcore.ErrBusy) {
				t.Errorf("got %v", err)
			}
		}
		if _, err := f.get(t.Context(), "prod"); err != nil || v.calls() != 1 {
			t.Errorf("got %v after %d calls", err, v.calls())
		}
	})
}

// TestWhatLives: a session that is renewed only with a person is served to its end,
// and so is one while AWS does not answer.
func TestWhatLives(t *testing.T) {
	for _, kind := range []error{vaultcore.ErrNobodyToAsk, vaultcore.ErrNoAnswer, vaultcore.ErrProcess} {
		v := &vault{answers: func(profile string, least time.Duration, _ bool) (vaultcore.Credentials, error) {
			if least > 0 {
				return vaultcore.Credentials{}, kind
			}
			return session(profile, time.Now().Add(10*time.Minute)), nil
		}}
		if got, err := newFetcher(v.credentials, t.Context(), time.Minute).get(t.Context(), "prod"); err != nil || got.AccessKeyID != "ASIAPROD" {
			t.Errorf("%v: got %v", kind, err)
		}
	}
}

func TestNoLongTermKeys(t *testing.T) {
	v := &vault{answers: func(string, time.Duration, bool) (vaultcore.Credentials, error) {
		return vaultcore.Credentials{AccessKeyID: "AKIAX", SecretAccessKey: vaultcore.NewSecret("secret-canary")}, nil
	}}
	if _, err := newFetcher(v.credentials, t.Context(), time.Minute).get(t.Context(), "prod"); !errors.Is(err, vaultcore.ErrNoCredentials) {
		t.Errorf("got %v", err)
	}
}

// TestFailures: each failure as SDKs read it. Those that pass are answered 503, which
// SDKs try again.
func TestFailures(t *testing.T) {
	for want, err := range map[string]error{
		`503 {"code":"Locked","message":"Vaultbar is locked"}`:             vaultcore.Faultf(vaultcore.ErrLocked, "Vaultbar is locked"),
		`503 {"code":"NoAnswer","message":"no answer from AWS"}`:           vaultcore.ErrNoAnswer,
		`503 {"code":"Busy","message":"too busy"}`:                         vaultcore.ErrBusy,
		`403 {"code":"Refused","message":"refused by AWS"}`:                vaultcore.ErrRefused,
		`404 {"code":"NoProfile","message":"no such profile"}`:             vaultcore.ErrNoProfile,
		`404 {"code":"NoCredentials","message":"no credentials"}`:          vaultcore.ErrNoCredentials,
		`500 {"code":"Failed","message":"the keychain failed"}`:            vaultcore.ErrKeychain,
		`503 {"code":"PersonNeeded","message":"` + errAsked.Message + `"}`: vaultcore.ErrNobodyToAsk,
	} {
		v := &vault{answers: func(string, time.Duration, bool) (vaultcore.Credentials, error) { return vaultcore.Credentials{}, err }}
		token := newToken()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", token.Reveal())
		w := httptest.NewRecorder()
		newContainer(prod(v), t.Context(), token, func() {}).serve(w, r, localhttp.Peer{})
		if got := fmt.Sprint(w.Code, " ", w.Body); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestExpiration: an end that is near is told in the form that botocore does not
// stretch, to the metadata service's clients only.
func TestExpiration(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		left                time.Duration
		container, metadata string
	}{
		{0, "2026-01-02T04:00:00Z", "2026-01-02T04:00:00Z"}, // the end is not known
		{time.Hour, "2026-01-02T04:00:00Z", "2026-01-02T04:00:00Z"},
		{25 * time.Minute, "2026-01-02T03:25:00Z", "2026-01-02T03:25:00Z"},
		{25*time.Minute - time.Second, "2026-01-02T03:24:59Z", "2026-01-02T03:24:59.000Z"},
		{time.Second, "2026-01-02T03:00:01Z", "2026-01-02T03:00:01.000Z"},
	} {
		c := session("prod", time.Time{})
		if test.left != 0 {
			c.Expires = now.Add(test.left).In(time.FixedZone("", 3600))
		}
		if got := expiration(c, now); got != test.container {
			t.Errorf("with %s left a container is told %s", test.left, got)
		}
		if got := metadataExpiration(c, now); got != test.metadata {
			t.Errorf("with %s left an instance is told %s", test.left, got)
		}
	}
}
