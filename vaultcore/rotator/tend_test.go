package rotator

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// due rotates the key of robot, whose old one is to be deleted by now. An endpoint is where
// IAM was asked as it began.
func (w *world) due(endpoint string) {
	w.t.Helper()
	if _, err := w.rotate(agent.RotateRequest{Profile: "robot", Grace: time.Hour}); err != nil {
		w.t.Fatal(err)
	}
	j := w.ongoing.Of("robot")
	j.Due = time.Now()
	if endpoint != "" {
		j.Where = endpoint
	}
	if err := (keychain{w.Rotator}).SaveJournal(w.t.Context(), j); err != nil {
		w.t.Fatal(err)
	}
	w.changed.Notify()
}

// tended is a world whose keys are tended until the function that is returned is called.
func tended(t *testing.T) (*world, func()) {
	w := newWorld(t)
	while := func(ctx context.Context, do func(context.Context) error) error { return do(ctx) }
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	ended := make(chan struct{})
	go func() { w.Tend(ctx, while); close(ended) }()
	return w, func() {
		t.Helper()
		cancel()
		wait.For(t, "the tending ends", ended)
	}
}

// await returns once something is so.
func (w *world) await(so func() bool) {
	for next := w.changed.Next(); !so(); next = w.changed.Next() {
		<-next
	}
}

func (w *world) stuck() bool { return w.Ongoing()[0].Stuck != "" }

// TestOldKeysAreDeletedInTime: the old key is deleted when it is due, and waits for a person
// where that needs one.
func TestOldKeysAreDeletedInTime(t *testing.T) {
	w, end := tended(t)
	first := w.inUse("robot")
	w.due("")
	w.await(func() bool { return !w.ongoing.Of("robot").Open() })
	if ids, _ := w.robot.Keys(); len(ids) != 1 {
		t.Errorf("IAM has %q", ids)
	}
	old := w.inUse("robot")
	w.robot.Deny("iam:DeleteAccessKey")
	w.due("")
	w.await(w.stuck)
	if ids, active := w.robot.Keys(); len(ids) != 2 || active[old] {
		t.Errorf("IAM has %q, active %v", ids, active)
	}
	if shown := w.Ongoing()[0]; shown.Waits() || !strings.Contains(shown.State(time.Now()), "iam:DeleteAccessKey") {
		t.Errorf("it is shown as %q", shown.State(time.Now()))
	}
	end()
	if want := []string{"robot " + first + ": done", "robot " + old + ": refused"}; !slices.Equal(w.deleted, want) {
		t.Errorf("told was %q, want %q", w.deleted, want)
	}
}

// endsWith is a context that has ended once something is so.
type endsWith struct {
	context.Context
	so func() bool
}

func (e endsWith) Err() error {
	if e.so() {
		return context.Canceled
	}
	return nil
}

// TestDeletedAtTheEnd: a key that was deleted is told of when the app ends just then.
func TestDeletedAtTheEnd(t *testing.T) {
	w := newWorld(t)
	old := w.inUse("robot")
	w.due("")
	ctx := endsWith{t.Context(), func() bool { return !w.ongoing.Of("robot").Open() }}
	if err := w.finishRotations(ctx); err != nil {
		t.Error(err)
	}
	if want := []string{"robot " + old + ": done"}; !slices.Equal(w.deleted, want) {
		t.Errorf("told was %q, want %q", w.deleted, want)
	}
}

// TestElsewhereBegun: a rotation that a command began at an endpoint of its own environment
// is not ended without it.
func TestElsewhereBegun(t *testing.T) {
	w, end := tended(t)
	old := w.inUse("robot")
	w.due("http://127.0.0.1:1")
	w.await(w.stuck)
	if ids, active := w.robot.Keys(); len(ids) != 2 || active[old] {
		t.Errorf("IAM has %q, active %v", ids, active)
	}
	end()
	if want := []string{"robot " + old + ": nobody-to-ask"}; !slices.Equal(w.deleted, want) {
		t.Errorf("told was %q, want %q", w.deleted, want)
	}
}

// TestRemoved: nothing of a rotation stays in the keychain once its key is removed under
// all of its names.
func TestRemoved(t *testing.T) {
	w := newWorld(t)
	key, err := w.keys.Key(t.Context(), "robot")
	if err == nil {
		err = w.keys.SetKey(t.Context(), "copy", key)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.rotate(agent.RotateRequest{Profile: "robot", Grace: time.Hour}); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"copy", "robot"} {
		if err := w.keys.RemoveKey(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		w.Removed(t.Context(), name)
		left, err := w.keys.Rotations(t.Context())
		if want := 1 - i; err != nil || len(left) != want || len(w.Ongoing()) != want {
			t.Errorf("without %s: %d journals, %d shown, %v", name, len(left), len(w.Ongoing()), err)
		}
	}
}

// TestLearned: another rotator of the same keychain knows what is under way.
func TestLearned(t *testing.T) {
	w := newWorld(t)
	if _, err := w.rotate(agent.RotateRequest{Profile: "robot", Grace: time.Hour}); err != nil {
		t.Fatal(err)
	}
	next := New(Options{Vault: w.vault, Keys: w.keys, Log: w.log})
	if next.Learn(t.Context()); len(next.Ongoing()) != 1 || next.Ongoing()[0].Old != w.Ongoing()[0].Old {
		t.Errorf("it knows %+v, not %+v", next.Ongoing(), w.Ongoing())
	}
}
