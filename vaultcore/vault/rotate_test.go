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

// TestOneKeyOfSeveralNames: a key that was added under two names is changed under both.
func TestOneKeyOfSeveralNames(t *testing.T) {
	s, world := newVault(t, inMemory)
	key, err := s.keys.Key(t.Context(), "robot")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(t.Context(), agent.AddRequest{Profile: "copy", Key: key}); err != nil {
		t.Fatal(err)
	}
	extend(t, s, "[profile copy]\nregion = us-east-1\n")
	done, err := agreed(t, s, agent.RotateRequest{Profile: "copy"})
	if err != nil || !slices.Equal(done.Names, []string{"copy", "robot"}) {
		t.Fatalf("%+v, %v", done, err)
	}
	if now := keyIn(t, s, world, "copy"); now == key.AccessKeyID || now != keyIn(t, s, world, "robot") {
		t.Errorf("in use is %s", now)
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

// TestLostAnswers: after an answer of AWS that is lost, at whichever call, the key in use
// works, and the next try ends the rotation.
func TestLostAnswers(t *testing.T) {
	for _, action := range []string{"GetCallerIdentity", "ListAccessKeys", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"} {
		for name, kind := range map[string]awstest.Kind{"dropped": awstest.Drop, "lost": awstest.DropMidBody, "out of order": awstest.Status(500)} {
			t.Run(action+" "+name, func(t *testing.T) {
				s, world := newVault(t, inMemory)
				old := keyIn(t, s, world, "robot")
				r := agent.RotateRequest{Profile: "robot"}
				shown, err := s.Rotate(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				world.Server.Fault(awstest.Fault{Action: action, Kind: kind, Times: 3}) // the SDK tries three times
				r.Agreed = shown.Plan
				_, err = s.Rotate(t.Context(), r)
				creations := world.Server.Count("CreateAccessKey")
				world.Server.ClearFaults()
				keyIn(t, s, world, "robot")
				if action == "CreateAccessKey" && (!errors.Is(err, vaultcore.ErrNoAnswer) || creations != 1 || s.rotations.Of("robot").Stage != vaultcore.RotationCreating) {
					t.Errorf("%v after %d creations", err, creations)
				}
				if err != nil {
					if _, err := agreed(t, s, agent.RotateRequest{Profile: "robot"}); err != nil {
						t.Fatalf("the next try: %v", err)
					}
				}
				now := keyIn(t, s, world, "robot")
				if ids, _ := world.Account.User("robot").Keys(); now == old || !slices.Equal(ids, []string{now}) {
					t.Errorf("in use is %s of %q", now, ids)
				}
			})
		}
	}
}

// TestOldKeysAreDeletedInTime: the app deletes the old key when it is due, and waits for a
// person where that needs one.
func TestOldKeysAreDeletedInTime(t *testing.T) {
	s, world := newVault(t, inMemory)
	kept := &keptTrail{}
	s.trail = kept
	robot := world.Account.User("robot")
	first := keyIn(t, s, world, "robot")
	while := func(ctx context.Context, do func(context.Context) error) error { return do(ctx) }
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() { s.TendKeys(ctx, while); close(ended) }()
	rotatedAndDue := func() {
		if _, err := agreed(t, s, agent.RotateRequest{Profile: "robot", Grace: time.Hour}); err != nil {
			t.Fatal(err)
		}
		j := s.rotations.Of("robot")
		j.Due = time.Now()
		if err := (asideKeys{s}).SaveJournal(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		s.changed.Notify()
	}
	rotatedAndDue()
	for next := s.changed.Next(); s.rotations.Of("robot").Open(); next = s.changed.Next() {
		<-next
	}
	if ids, _ := robot.Keys(); len(ids) != 1 {
		t.Errorf("IAM has %q", ids)
	}
	old := keyIn(t, s, world, "robot")
	robot.Deny("iam:DeleteAccessKey")
	rotatedAndDue()
	stuck := func() bool { return s.rotations.Shown()[0].Stuck != "" }
	for next := s.changed.Next(); !stuck(); next = s.changed.Next() {
		<-next
	}
	if ids, active := robot.Keys(); len(ids) != 2 || active[old] {
		t.Errorf("IAM has %q, active %v", ids, active)
	}
	if shown := s.rotations.Shown()[0]; shown.Waits() || !strings.Contains(shown.State(time.Now()), "iam:DeleteAccessKey") {
		t.Errorf("it is shown as %q", shown.State(time.Now()))
	}
	cancel()
	wait.For(t, "the rotation ends", ended)
	if want := []string{"robot " + first + ": done", "robot " + old + ": refused"}; !slices.Equal(kept.deleted, want) {
		t.Errorf("the trail has %q, want %q", kept.deleted, want)
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

// TestRootKeyIsNotRotated: the root user should have no key at all.
func TestRootKeyIsNotRotated(t *testing.T) {
	s, world := newVault(t, inMemory)
	if err := s.Add(t.Context(), agent.AddRequest{Profile: "robot", Key: world.Account.Root().NewKey().Credentials()}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Rotate(t.Context(), agent.RotateRequest{Profile: "robot"})
	if !errors.Is(err, vaultcore.ErrRefused) {
		t.Error(err)
	}
	golden.Message(t, "", testkit.ErrorText(err))
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
	if err != nil || len(left) > 0 || len(s.rotations.Shown()) > 0 {
		t.Errorf("left are %q, %v", left, err)
	}
}

// TestTheAgeOfAKeyIsLearned: some time after its first use of a day IAM is asked how old a
// key is, once, and never where nobody wants to be reminded.
func TestTheAgeOfAKeyIsLearned(t *testing.T) {
	s, world := newVault(t, inMemory)
	later := time.Now().Add(ageDelay + time.Minute)
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
	s.askAges(t.Context(), later)
	use("90", "robot")
	s.askAges(t.Context(), time.Now())
	if n := world.Server.Count("ListAccessKeys"); n != 0 {
		t.Errorf("IAM was asked %d times", n)
	}
	for range 3 {
		use("90", "robot")
		s.askAges(t.Context(), later)
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
	s.askAges(t.Context(), time.Now().Add(ageDelay+time.Minute))
	if shown, err := s.Snapshot(t.Context()); err != nil || len(shown.KeptKeys) != 1 || shown.KeptKeys[0].Name != "bastion-system" || asked != 1 {
		t.Errorf("%+v, %v, asked %d times", shown.KeptKeys, err, asked)
	}
}
