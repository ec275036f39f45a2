package testkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// testKey adds a key under a name of its own, hands it out, and takes it away.
func testKey(t *testing.T, s agent.Service, f Fixture) {
	ctx := bounded(t)
	if _, err := s.Remove(ctx, agent.RemoveRequest{Profile: "no-such-profile"}); err != nil {
		wantKind(t, err, vaultcore.ErrNoCredentials, false)
	} else {
		t.Error("a key that is not there was removed")
	}
	key := Key()
	if err := s.Add(ctx, agent.AddRequest{Profile: f.Ready, Key: key}); err != nil {
		t.Fatal(err)
	}
	r, err := s.Credentials(ctx, agent.CredentialsRequest{Profile: f.Ready, NoSession: true})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Credentials.LongTerm() || !r.Credentials.Expires.IsZero() {
		t.Error("asked for the long-term key, got a session")
	}
	if r.Credentials.AccessKeyID != key.AccessKeyID || !r.Credentials.SecretAccessKey.Equal(key.SecretAccessKey) {
		t.Error("the key that came out is not the one that went in")
	}
	if _, err := s.Remove(ctx, agent.RemoveRequest{Profile: f.Ready}); err != nil {
		t.Fatal(err)
	}
	_, err = s.Remove(ctx, agent.RemoveRequest{Profile: f.Ready})
	wantKind(t, err, vaultcore.ErrNoCredentials, false)
}

// testViews asks for all that only looks.
func testViews(t *testing.T, s agent.Service, f Fixture) {
	ctx := bounded(t)
	e, err := s.Explain(ctx, agent.CredentialsRequest{Profile: f.Ready})
	if err != nil {
		t.Fatal(err)
	}
	if e.Profile != f.Ready || e.Title == "" || len(e.Steps) == 0 {
		t.Errorf("explanation is %+v, want steps for %s", e, f.Ready)
	}
	_, err = s.Explain(ctx, agent.CredentialsRequest{Profile: "no-such-profile"})
	wantKind(t, err, vaultcore.ErrNoProfile, true)
	snap, err := s.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range snap.Profiles {
		found = found || p.Name == f.Ready
	}
	if !found {
		t.Errorf("the snapshot lacks %s", f.Ready)
	}
	names, err := s.Profiles(ctx)
	if err != nil || !slices.Contains(names, f.Ready) {
		t.Errorf("the profiles are %q, %v", names, err)
	}
	status, err := s.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if status.Version == "" || status.PID == 0 || status.Started.After(time.Now()) {
		t.Errorf("status is %+v", status)
	}
	if _, err := s.Clear(ctx, agent.ClearRequest{}); err != nil {
		t.Error(err)
	}
}

// Sentinels are all errors that a service may return by kind.
func Sentinels() []error {
	return []error{
		vaultcore.ErrNoProfile, vaultcore.ErrNoCredentials, vaultcore.ErrConfig, vaultcore.ErrCanceled,
		vaultcore.ErrNobodyToAsk, vaultcore.ErrLocked, vaultcore.ErrKeychain, vaultcore.ErrTampered,
		vaultcore.ErrWrongCode, vaultcore.ErrRefused, vaultcore.ErrWrongAccount, vaultcore.ErrNoAnswer, vaultcore.ErrUnreachable,
		vaultcore.ErrVersion, vaultcore.ErrRequest, vaultcore.ErrBusy,
		context.Canceled, context.DeadlineExceeded,
	}
}

// testSentinels fails the service with every kind of error, bare, wrapped and
// as a fault, and checks what its caller hears.
func testSentinels(t *testing.T, s agent.Service, f Fixture) {
	if f.Fail == nil {
		return
	}
	ask := func(err error) error {
		f.Fail(err)
		_, err = s.Credentials(bounded(t), agent.CredentialsRequest{Profile: f.Ready})
		return err
	}
	for _, kind := range Sentinels() {
		wantOnly(t, ask(kind), kind)
		wantOnly(t, ask(fmt.Errorf("reading %q: %w", "x", kind)), kind)
		err := ask(fmt.Errorf("around: %w", vaultcore.Faultf(kind, "told to a person").WithHint("first line\nsecond line")))
		wantOnly(t, err, kind)
		if err.Error() != "around: told to a person" || vaultcore.Hint(err) != "first line\nsecond line" {
			t.Errorf("%v: words came as %q, hint %q", kind, err, vaultcore.Hint(err))
		}
	}
}

// wantOnly fails unless err is of this kind and of no other.
func wantOnly(t *testing.T, err, kind error) {
	t.Helper()
	for _, other := range Sentinels() {
		if is := errors.Is(err, other); is != (other == kind) {
			t.Errorf("error %v: is %q: %t", err, other, is)
		}
	}
}
