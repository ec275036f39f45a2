//go:build linux

package stories_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// TestStoryRotate is the yearly chore of somebody whose company denies everything without
// MFA: one command, one answer, one code. AWS takes its time to know the new key.
func TestStoryRotate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.aws.Account.User("ann")
	ann.DenyAllWithoutMFA()
	w.add(bastion, w.aws.Key)
	w.aws.Server.PropagateKeys(false, true, false)

	person := w.sit(w.command("vaultbar", "rotate", hoge))
	person.expect(codePrompt)
	person.answer(w.code())
	person.expect("create a new key")
	person.expect("Do this? [Y/n] ")
	if ids, _ := ann.Keys(); len(ids) != 1 {
		t.Errorf("before anybody has agreed there are %q", ids)
	}
	person.answer("y")
	if code := person.wait(); code != 0 {
		t.Fatalf("exit code %d, and the terminal shows:\n%s", code, person.all())
	}
	w.reads("for which profiles", lineWith(person.all(), bastion+", "))
	w.reads("while a new key is tried", lineWith(person.all(), "seconds"))
	w.reads("the end of the old key", lineWith(person.all(), "deleted in"))
	ids, active := ann.Keys()
	if len(ids) != 2 || active[ids[0]] || !active[ids[1]] || w.export("--no-session", bastion).AccessKeyID != ids[1] {
		t.Errorf("IAM has %q, active %v", ids, active)
	}
	w.reads("status", w.must("rotate", "--status"))
	w.signIn(hoge) // with the new key; it lasts, and carries out what follows
	if got := w.must("rotate", hoge); !strings.Contains(got, "1. delete ") {
		t.Errorf("a second time:\n%s", got)
	}
	w.must("stop") // and another day
	got := w.run("rotate", "--yes", "--delete-after", "0", bastion)
	if got.code != 0 {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	w.reads("that nothing but a deletion was left", lineWith(got.stderr, "deleted"))
	if left, _ := ann.Keys(); !slices.Equal(left, ids[1:]) || strings.Contains(w.must("rotate", "--status"), bastion) {
		t.Errorf("IAM has %q", left)
	}
	if got := w.run("rotate", "--yes", bastion); got.code != 0 || strings.Contains(got.stderr, "seconds") {
		t.Errorf("with nobody at a terminal, exit code %d\n%s", got.code, got.stderr)
	}
	if secret := w.logText(); strings.Contains(secret, w.aws.Key.Secret().Reveal()) || strings.Contains(secret, ids[1]) {
		t.Error("the log has a key in it")
	}
}

// TestStoryRotateRefusals: what a person is told who cannot rotate a key.
func TestStoryRotateRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.aws.Account.User("bob")
	w.add(plain, w.spare)
	other := bob.NewKey()
	two := w.run("rotate", "--yes", plain)
	w.wantComplaint(two, 7, "two keys")
	if !strings.Contains(two.stderr, "--replace "+vaultcore.MaskKeyID(other.ID())) {
		t.Errorf("the other key is not offered:\n%s", two.stderr)
	}
	bob.Deny("iam:ListAccessKeys")
	w.wantComplaint(w.run("rotate", "--yes", plain), 7, "denied")
	w.add(plain, w.aws.Account.Root().NewKey())
	w.wantComplaint(w.run("rotate", "--yes", plain), 7, "root")
	if got := w.run("rotate", "--yes", "nosuch"); got.code != 3 {
		t.Errorf("no profile: exit code %d\n%s", got.code, got.stderr)
	}
	if ids, active := bob.Keys(); len(ids) != 2 || !active[w.spare.ID()] || !active[other.ID()] {
		t.Errorf("something was done all the same: %q, active %v", ids, active)
	}
}

// rotating is a world whose app is killed while it rotates the key of plain.
type rotating struct {
	*killable
	user *awstest.User
	old  string
}

func newRotating(t *testing.T) *rotating {
	t.Helper()
	r := &rotating{killable: newKillable(t)}
	r.user, r.old = r.aws.Account.User("bob"), r.spare.ID()
	r.live()
	r.check(r.agent.Add(t.Context(), agent.AddRequest{Profile: plain, Key: keyOf(r.spare), Caller: r.caller()}))
	return r
}

// rotate is one `vaultbar rotate --yes --delete-after 0`.
func (r *rotating) rotate(ctx context.Context) error {
	wanted := agent.RotateRequest{Profile: plain, Regrace: true, Caller: r.caller()}
	shown, err := r.agent.Rotate(ctx, wanted)
	if err != nil {
		return err
	}
	wanted.Agreed = shown.Plan
	_, err = r.agent.Rotate(ctx, wanted)
	return err
}

// sound holds that the key in use works, and that the person is told of every other one.
// The app may go on by itself meanwhile.
func (r *rotating) sound(when string) {
	r.Helper()
	held := r.holds()
	ids, active := r.user.Keys()
	for again := r.holds(); again != held; again = r.holds() {
		held = again
		ids, active = r.user.Keys()
	}
	if !active[held] {
		r.Fatalf("%s: the key in use is %s; IAM has %q, active %v", when, held, ids, active)
	}
	r.eventually(when+": the person is told of the other key, or it is gone", func() bool {
		ids, _ := r.user.Keys()
		now, err := r.agent.Snapshot(r.Context())
		r.check(err)
		return len(ids) == 1 || len(now.Rotating) > 0
	})
}

// ends holds that the next try ends the rotation, and that nothing of it is left.
func (r *rotating) ends(when string) {
	r.Helper()
	now, err := r.agent.Snapshot(r.Context())
	r.check(err)
	if len(now.Rotating) > 0 || r.holds() == r.old {
		if err := r.rotate(r.Context()); err != nil {
			r.Fatalf("%s: the next try: %v (%s)", when, err, vaultcore.Hint(err))
		}
	}
	held := r.holds()
	if ids, _ := r.user.Keys(); !slices.Equal(ids, []string{held}) || held == r.old {
		r.Fatalf("%s: in use is %s; IAM has %q", when, held, ids)
	}
}

// TestAKillDuringARotation kills the app before and after AWS carries out each call of a
// rotation, and lets the next app go on.
func TestAKillDuringARotation(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"ListAccessKeys", "CreateAccessKey", "GetCallerIdentity", "UpdateAccessKey", "DeleteAccessKey"} {
		for _, done := range []bool{true, false} {
			if !done && testing.Short() {
				continue
			}
			when := fmt.Sprintf("%s, done %v", action, done)
			t.Run(when, func(t *testing.T) {
				t.Parallel()
				r := newRotating(t)
				reached := make(chan struct{})
				var once sync.Once
				r.aws.Server.Fault(awstest.Fault{Action: action, Kind: func(rw http.ResponseWriter, q *http.Request, aws http.Handler) {
					if done {
						aws.ServeHTTP(httptest.NewRecorder(), q)
					}
					once.Do(func() { close(reached) })
					awstest.Hang(rw, q, aws)
				}})
				ended := make(chan error, 1)
				go func() { ended <- r.rotate(t.Context()) }()
				r.await(reached, ended)
				r.die()
				if err := wait.For(t, "the rotation ends", ended); !errors.Is(err, vaultcore.ErrUnreachable) {
					t.Errorf("killed meanwhile, it said: %v", err)
				}
				r.aws.Server.ClearFaults()
				r.live()
				r.sound(when)
				r.ends(when)
				r.leftovers(r.holds())
			})
		}
	}
}

// await waits until AWS is asked, and fails the test when the rotation ends before.
func (r *rotating) await(reached <-chan struct{}, ended <-chan error) {
	r.Helper()
	select {
	case <-reached:
	case err := <-ended:
		r.Fatalf("it ended before AWS was asked: %v", err)
	case <-time.After(patience):
		r.Fatal("AWS was not asked")
	}
}

// TestKillsDuringARotation kills the app at random moments of rotations.
func TestKillsDuringARotation(t *testing.T) {
	t.Parallel()
	r := newRotating(t)
	begun := time.Now()
	r.check(r.rotate(t.Context()))
	r.old = r.holds()
	rotation := time.Since(begun)
	for i := range short(20, 4) {
		when := fmt.Sprintf("kill %d", i)
		ended := make(chan error, 1)
		go func() { ended <- r.rotate(t.Context()) }()
		timer := time.NewTimer(rand.N(rotation))
		<-timer.C
		r.die()
		wait.For(t, "the rotation ends", ended)
		r.live()
		r.sound(when)
		r.ends(when)
		r.old = r.holds()
	}
}

// TestRotationWithoutRoom: the disk is full when the new key is to be kept. It is deleted
// again, and the key in use works.
func TestRotationWithoutRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smallDisk()
	w.add(plain, w.spare)
	w.aws.Server.Fault(awstest.Fault{Action: "CreateAccessKey", Times: 1, Kind: func(rw http.ResponseWriter, q *http.Request, aws http.Handler) {
		file, err := os.Create(filepath.Join(w.home, "filler"))
		for err == nil {
			_, err = file.Write(make([]byte, 512))
		}
		_ = file.Close()
		if !errors.Is(err, unix.ENOSPC) {
			t.Error(err)
		}
		aws.ServeHTTP(rw, q)
	}})
	got := w.run("rotate", "--yes", "--delete-after", "0", plain)
	if ids, active := w.aws.Account.User("bob").Keys(); got.code != 1 || !slices.Equal(ids, []string{w.spare.ID()}) || !active[w.spare.ID()] {
		t.Errorf("exit code %d, IAM has %q\n%s", got.code, ids, got.stderr)
	}
	w.reads("", got.stderr)
	w.makeRoom()
	w.must("rotate", "--yes", "--delete-after", "0", plain)
	if ids, _ := w.aws.Account.User("bob").Keys(); len(ids) != 1 || ids[0] == w.spare.ID() || w.export("--no-session", plain).AccessKeyID != ids[0] {
		t.Errorf("IAM has %q", ids)
	}
}

// TestRotationLockedMeanwhile: Vaultbar is locked while AWS creates the new key. No key is
// lost, and after the unlock the same command goes on.
func TestRotationLockedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(plain, w.spare)
	bob := w.aws.Account.User("bob")
	reached, locked := make(chan struct{}), make(chan struct{})
	w.aws.Server.Fault(awstest.Fault{Action: "CreateAccessKey", Times: 1, Kind: func(rw http.ResponseWriter, q *http.Request, aws http.Handler) {
		close(reached)
		<-locked
		aws.ServeHTTP(rw, q)
	}})
	ended := make(chan outcome, 1)
	rotate := w.command("vaultbar", "rotate", "--yes", "--delete-after", "0", plain)
	go func() { ended <- w.do(rotate) }()
	wait.For(t, "AWS is asked for a key", reached)
	w.must("lock")
	close(locked)
	if got := wait.For(t, "the command ends", ended); got.code != 6 {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	if _, active := bob.Keys(); !active[w.spare.ID()] {
		t.Error("the key in use is not active any more")
	}
	w.must("unlock")
	if ids, _ := bob.Keys(); len(ids) > 1 && !strings.Contains(w.must("rotate", "--status"), plain) {
		t.Errorf("nobody is told of one of %q", ids)
	}
	w.must("rotate", "--yes", "--delete-after", "0", plain)
	if ids, _ := bob.Keys(); len(ids) != 1 || ids[0] == w.spare.ID() || w.export("--no-session", plain).AccessKeyID != ids[0] {
		t.Errorf("IAM has %q", ids)
	}
}
