package vault

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// agreed rotates as a person does who agrees to what is shown.
func agreed(t *testing.T, s *Vault, r agent.RotateRequest) (agent.RotateResult, error) {
	t.Helper()
	shown, err := s.Rotate(t.Context(), r)
	if err != nil {
		return shown, err
	}
	if shown.Applied || len(shown.Steps) == 0 {
		t.Errorf("it was only to be shown: %+v", shown)
	}
	r.Agreed = shown.Plan
	return s.Rotate(t.Context(), r)
}

// keyIn is the id of the key in use under a name, which must work.
func keyIn(t *testing.T, s *Vault, w awstest.World, name string) string {
	t.Helper()
	got, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: name, NoSession: true})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Identify(t.Context(), agent.IdentifyRequest{Profile: name, Key: got.Credentials})
	if err != nil || id.Account != w.Account.ID() {
		t.Fatalf("the key of %s is of %+v: %v", name, id, err)
	}
	return got.Credentials.AccessKeyID
}

// TestRotate is a rotation from the first look to the deletion of the old key.
func TestRotate(t *testing.T) {
	s, world := newVault(t, inMemory)
	robot := world.Account.User("robot")
	extend(t, s, "[profile above]\nregion = eu-west-1\nsource_profile = robot\nrole_arn = "+world.Account.Role("r", awstest.Trust{Principals: []string{robot.ARN()}}).ARN()+"\n")
	if _, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"}); err != nil {
		t.Fatal(err)
	}
	old := keyIn(t, s, world, "robot")
	world.Server.PropagateKeys(false, true, false, true)
	shown, err := s.Rotate(t.Context(), agent.RotateRequest{Profile: "above", Grace: time.Hour})
	if err != nil || !slices.Equal(shown.Names, []string{"robot"}) || !slices.Equal(shown.Profiles, []string{"robot", "above"}) || shown.Identity.User != "robot" {
		t.Fatalf("%+v, %v", shown, err)
	}
	if n := world.Server.Count("CreateAccessKey"); n != 0 {
		t.Errorf("to show it made %d keys", n)
	}
	done, err := agreed(t, s, agent.RotateRequest{Profile: "above", Grace: time.Hour})
	if err != nil || !done.Applied || done.Rotation == nil || !done.Rotation.Waits() || len(done.Keys) != 2 {
		t.Fatalf("%+v, %v", done, err)
	}
	now := keyIn(t, s, world, "robot")
	if ids, active := robot.Keys(); now == old || !slices.Equal(ids, []string{old, now}) || active[old] || !active[now] {
		t.Errorf("in use is %s; IAM has %q, active %v", now, ids, active)
	}
	if got, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "above"}); err != nil || got.Credentials.LongTerm() {
		t.Errorf("the role above it: %v", err)
	}
	screen, err := s.Snapshot(t.Context())
	if err != nil || len(screen.Rotating) != 1 {
		t.Errorf("it is shown as %+v, %v", screen.Rotating, err)
	}
	golden.Message(t, "removal in the middle of it", screen.RemovalQuestion("robot"))
	again, err := s.Rotate(t.Context(), agent.RotateRequest{Profile: "robot", Grace: time.Hour})
	if err != nil || again.Plan != "" || again.Rotation == nil {
		t.Errorf("there is something to agree to: %+v, %v", again, err)
	}
	done, err = agreed(t, s, agent.RotateRequest{Profile: "robot", Regrace: true})
	if ids, _ := robot.Keys(); err != nil || done.Rotation != nil || !slices.Equal(ids, []string{now}) {
		t.Errorf("IAM has %q: %+v, %v", ids, done, err)
	}
	if left, err := s.keys.Rotations(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("left in the keychain is %q, %v", left, err)
	}
}

// TestRotateAsksForACode: where a policy denies what is done without MFA, a session with
// MFA carries the rotation out, and nobody is asked twice for one session.
func TestRotateAsksForACode(t *testing.T) {
	s, world := newVault(t, inMemory)
	world.Account.User("ann").DenyAllWithoutMFA()
	asked := 0
	caller := vaultcore.Caller{Prompt: vaultcore.PromptTerminal, Terminal: vaultcore.TerminalAttended, Ask: func(_ context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
		asked++
		return vaultcore.NewSecret(world.MFA.FreshCode()), nil
	}}
	r := agent.RotateRequest{Profile: "hoge-system", Caller: caller, Grace: time.Hour}
	bare := r
	bare.NoSession = true
	_, err := s.Rotate(t.Context(), bare)
	if !errors.Is(err, vaultcore.ErrRefused) {
		t.Errorf("without a session: %v", err)
	}
	golden.Message(t, "without a session", testkit.ErrorText(err))
	if done, err := agreed(t, s, r); err != nil || !done.Applied || asked != 1 {
		t.Fatalf("%+v, %v, asked %d times", done, err, asked)
	}
	r.Regrace, r.Grace = true, 0
	if done, err := agreed(t, s, r); err != nil || done.Rotation != nil || asked != 2 {
		t.Fatalf("%+v, %v, asked %d times", done, err, asked)
	}
	if ids, _ := world.Account.User("ann").Keys(); len(ids) != 1 || ids[0] == world.Key.ID() {
		t.Errorf("IAM has %q", ids)
	}
}

// TestOldKeysAreDeletedInTime: the app of a later day deletes the old key of a rotation, and
// the trail is told.
func TestOldKeysAreDeletedInTime(t *testing.T) {
	s, world := newVault(t, inMemory)
	old := keyIn(t, s, world, "robot")
	if _, err := agreed(t, s, agent.RotateRequest{Profile: "robot", Grace: time.Hour}); err != nil {
		t.Fatal(err)
	}
	kept, err := s.keys.Rotations(t.Context())
	if err != nil || len(kept) != 1 {
		t.Fatalf("%q, %v", kept, err)
	}
	due, err := rotate.ReadJournal(kept[old])
	if err != nil {
		t.Fatal(err)
	}
	due.Due = time.Now()
	text, err := due.Text()
	if err == nil {
		err = s.keys.SaveRotation(t.Context(), old, text)
	}
	ages, unread := rotate.OpenAges("")
	if err := errors.Join(err, unread); err != nil {
		t.Fatal(err)
	}
	told := &keptTrail{}
	s.trail = told
	s.rotator = s.newRotator(Parts{Keys: s.keys, STS: s.sts, Ages: ages, Changed: s.changed, Log: s.log})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		s.TendKeys(ctx, func(ctx context.Context, do func(context.Context) error) error { return do(ctx) })
		close(ended)
	}()
	of := world.Account.User("robot")
	ends := func() bool { ids, _ := of.Keys(); return len(ids) == 1 && len(s.rotator.Ongoing()) == 0 }
	for next := s.changed.Next(); !ends(); next = s.changed.Next() {
		<-next
	}
	cancel()
	wait.For(t, "the rotation ends", ended)
	if want := []string{"robot " + old + ": done"}; !slices.Equal(told.deleted, want) {
		t.Errorf("the trail has %q, want %q", told.deleted, want)
	}
}

// keptTrail is a trail of the old keys that were deleted, or not.
type keptTrail struct {
	noTrail
	deleted []string
}

func (k *keptTrail) Deleted(profile, keyID string, err error) {
	outcome := "done"
	if err != nil {
		outcome = agent.Code(err)
	}
	k.deleted = append(k.deleted, profile+" "+keyID+": "+outcome)
}

// TestRemovedDuringARotation: nothing of a rotation stays in the keychain when its key is
// removed.
func TestRemovedDuringARotation(t *testing.T) {
	s, _ := newVault(t, inMemory)
	done, err := agreed(t, s, agent.RotateRequest{Profile: "robot", Grace: time.Hour})
	if err != nil || done.Rotation == nil {
		t.Fatal(err)
	}
	if _, err := s.Remove(t.Context(), agent.RemoveRequest{Profile: "robot"}); err != nil {
		t.Fatal(err)
	}
	left, err := s.keys.Rotations(t.Context())
	if err != nil || len(left) > 0 || len(s.rotator.Ongoing()) > 0 {
		t.Errorf("left are %q, %v", left, err)
	}
}

// TestTheAgeOfAKeyIsLearned: some time after its first use of a day IAM is asked how old a
// key is, once, and never where nobody wants to be reminded.
func TestTheAgeOfAKeyIsLearned(t *testing.T) {
	s, world := newVault(t, inMemory)
	later := time.Now().Add(time.Hour)
	use := func(warn, profile string) {
		t.Helper()
		if err := s.Set(t.Context(), agent.SetRequest{Key: "key_age_warn", Value: warn}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: profile}); err != nil {
			t.Fatal(err)
		}
	}
	use("0", "robot")
	s.rotator.AskAges(t.Context(), later)
	use("90", "robot")
	s.rotator.AskAges(t.Context(), time.Now())
	if n := world.Server.Count("ListAccessKeys"); n != 0 {
		t.Errorf("IAM was asked %d times", n)
	}
	for range 3 {
		use("90", "robot")
		s.rotator.AskAges(t.Context(), later)
	}
	shown, err := s.Snapshot(t.Context())
	if err != nil || len(shown.KeptKeys) != 1 {
		t.Fatalf("%+v, %v", shown.KeptKeys, err)
	}
	if k := shown.KeptKeys[0]; k.Name != "robot" || k.Created.IsZero() || k.Used.IsZero() || !strings.Contains(k.ID, "…") || k.Old(90, time.Now()) {
		t.Errorf("it is shown as %+v", k)
	}
	if n := world.Server.Count("ListAccessKeys"); n != 1 {
		t.Errorf("IAM was asked %d times", n)
	}
}

// TestTheAgeOfAKeyBehindMFA: with a policy that denies what is done without MFA it is the
// session with MFA that asks, and nobody is asked for a code.
func TestTheAgeOfAKeyBehindMFA(t *testing.T) {
	s, world := newVault(t, inMemory)
	world.Account.User("ann").DenyAllWithoutMFA()
	asked := 0
	caller := vaultcore.Caller{Prompt: vaultcore.PromptTerminal, Terminal: vaultcore.TerminalAttended, Ask: func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
		asked++
		return vaultcore.NewSecret(world.MFA.FreshCode()), nil
	}}
	if _, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "hoge-system", Caller: caller}); err != nil {
		t.Fatal(err)
	}
	s.rotator.AskAges(t.Context(), time.Now().Add(time.Hour))
	if shown, err := s.Snapshot(t.Context()); err != nil || len(shown.KeptKeys) != 1 || shown.KeptKeys[0].Name != "bastion-system" || asked != 1 {
		t.Errorf("%+v, %v, asked %d times", shown.KeptKeys, err, asked)
	}
}
