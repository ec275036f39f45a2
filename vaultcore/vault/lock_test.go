package vault

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/access"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// lockOf is the lock before a vault, as the app has it.
func lockOf(t *testing.T, s *Vault) *access.Lock {
	return access.New(access.Options{
		Service: s, Drop: s.DropSecrets, Changed: s.changed.Notify, Begin: func() func() { return func() {} },
		File: filepath.Join(t.TempDir(), "locked"), Log: s.log,
	})
}

// TestNothingIsDoneWhileLocked: a request that is refused has changed nothing and
// asked nobody. Without the check at the beginning, which alone sees to that, the
// answer would be the same.
func TestNothingIsDoneWhileLocked(t *testing.T) {
	s, world := newVault(t, inMemory)
	g := lockOf(t, s)
	lockIt(t, g)
	key := world.User.NewKey()
	before := len(world.Server.Calls())
	for range 20 {
		for name, do := range map[string]func() error{
			"Set": func() error { return g.Set(t.Context(), agent.SetRequest{Key: "notify_lead", Value: "5m"}) },
			"Setup": func() error {
				_, err := g.Setup(t.Context(), agent.SetupRequest{Profiles: []string{"robot"}, Command: "/x/vaultbar"})
				return err
			},
			"EditProfile": func() error {
				_, err := g.EditProfile(t.Context(), agent.EditRequest{Profile: "robot", Region: "eu-west-1"})
				return err
			},
			"Add": func() error {
				return g.Add(t.Context(), agent.AddRequest{Profile: "second", Key: vaultcore.Credentials{AccessKeyID: key.ID(), SecretAccessKey: key.Secret()}})
			},
			"Remove": func() error { _, err := g.Remove(t.Context(), agent.RemoveRequest{Profile: "robot"}); return err },
			"Credentials": func() error {
				_, err := g.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"})
				return err
			},
			"Clear": func() error { _, err := g.Clear(t.Context(), agent.ClearRequest{}); return err },
		} {
			if err := do(); !errors.Is(err, vaultcore.ErrLocked) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	names, err := s.keys.Names(t.Context())
	if err != nil || !slices.Equal(names, []string{"bastion-system", "robot"}) || s.settings.Now().NotifyLead != 10*time.Minute {
		t.Errorf("keys %q, %v; notify_lead is %s", names, err, s.settings.Now().NotifyLead)
	}
	if n := len(world.Server.Calls()) - before; n != 0 {
		t.Errorf("AWS was asked %d times", n)
	}
}

// call makes a call of an operation with zero requests, but for what is needed
// to have an effect, and returns its error.
func call(ctx context.Context, s agent.Service, name string) error {
	method := reflect.ValueOf(s).MethodByName(name)
	arguments := []reflect.Value{reflect.ValueOf(ctx)}
	for i := 1; i < method.Type().NumIn(); i++ {
		argument := reflect.New(method.Type().In(i)).Elem()
		if argument.Kind() == reflect.Func {
			argument = reflect.ValueOf(func() {})
		}
		if argument.Kind() == reflect.Struct && argument.FieldByName("Profile").IsValid() {
			argument.FieldByName("Profile").SetString("robot")
		}
		arguments = append(arguments, argument)
	}
	results := method.Call(arguments)
	err, _ := results[len(results)-1].Interface().(error)
	return err
}

func operations() []string {
	service := reflect.TypeFor[agent.Service]()
	var names []string
	for i := range service.NumMethod() {
		names = append(names, service.Method(i).Name)
	}
	return names
}

func TestLockedRefusesAllButWhatItMustNot(t *testing.T) {
	served := []string{"Browsers", "Lock", "Profiles", "Revoke", "Services", "Settings", "Status", "Stop", "Unlock", "Watch"}
	for _, state := range []struct {
		name    string
		prepare func(*testing.T, *access.Lock)
		locked  bool
	}{
		{"never locked", func(*testing.T, *access.Lock) {}, false},
		{"locked", lockIt, true},
		{"locked twice", func(t *testing.T, g *access.Lock) { lockIt(t, g); lockIt(t, g) }, true},
		{"locked during a question", func(t *testing.T, g *access.Lock) { askAndLock(t, g, "Credentials") }, true},
		{"locked during a renewal", func(t *testing.T, g *access.Lock) { askAndLock(t, g, "Renew") }, true},
		{"locked during a sign-in", func(t *testing.T, g *access.Lock) { askAndLock(t, g, "Login") }, true},
		{"locked and unlocked", func(t *testing.T, g *access.Lock) {
			lockIt(t, g)
			if err := g.Unlock(t.Context(), agent.UnlockRequest{}); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(state.name, func(t *testing.T) {
			s, _ := newVault(t, inMemory)
			g := lockOf(t, s)
			state.prepare(t, g)
			for _, name := range operations() {
				if name == "Unlock" {
					continue
				}
				ctx, cancel := context.WithCancel(t.Context())
				if name == "Watch" || name == "ServeCaller" { // they go on until their caller leaves
					cancel()
				}
				refused := errors.Is(call(ctx, g, name), vaultcore.ErrLocked)
				cancel()
				if want := state.locked && !slices.Contains(served, name); refused != want && name != "Lock" {
					t.Errorf("%s refused: %v, want %v", name, refused, want)
				}
				if name == "Lock" && !state.locked {
					if err := g.Unlock(t.Context(), agent.UnlockRequest{}); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

func lockIt(t *testing.T, g *access.Lock) {
	t.Helper()
	if err := g.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// askAndLock locks while a person is asked, and holds that who waited gets
// nothing, whatever the person answers.
func askAndLock(t *testing.T, g *access.Lock, verb string) {
	t.Helper()
	asking := make(chan struct{})
	caller := lateAnswer(asking, "123456")
	failed := make(chan error, 1)
	go func() {
		var err error
		switch verb {
		case "Credentials":
			_, err = g.Credentials(context.Background(), agent.CredentialsRequest{Profile: "hoge-system", Caller: caller})
		case "Renew":
			err = g.Renew(context.Background(), agent.CredentialsRequest{Profile: "hoge-system", Caller: caller})
		case "Login":
			_, err = g.Login(context.Background(), agent.LoginRequest{Profile: "hoge-system", Print: true, Caller: caller})
		}
		failed <- err
	}()
	wait.For(t, "the caller is asked", asking)
	lockIt(t, g)
	if err := wait.For(t, "the operation ends", failed); !errors.Is(err, vaultcore.ErrLocked) {
		t.Errorf("who waited got %v", err)
	}
}

// lateAnswer is a person whose answer comes when nobody wants it any more.
func lateAnswer(asking chan<- struct{}, answer string) vaultcore.Caller {
	return testkit.Person(func(ctx context.Context, _ vaultcore.Question) (vaultcore.Secret, error) {
		close(asking)
		<-ctx.Done()
		return vaultcore.NewSecret(answer), nil
	})
}

func TestALockDuringAnUnlockWins(t *testing.T) {
	s, _ := newVault(t, keystore.Open)
	g := lockOf(t, s)
	lockIt(t, g)
	asking := make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- g.Unlock(context.Background(), agent.UnlockRequest{Caller: lateAnswer(asking, "correct horse")})
	}()
	wait.For(t, "the caller is asked", asking)
	lockIt(t, g)
	if err := wait.For(t, "the operation ends", failed); !errors.Is(err, vaultcore.ErrLocked) {
		t.Errorf("the unlock got %v", err)
	}
	if status, err := g.Status(t.Context()); err != nil || !status.Locked || !s.keys.Locked() {
		t.Errorf("after it: %+v, %v", status, err)
	}
}

// What an operation brings back into memory after a lock is forgotten again.
func TestWhoComesBackAfterALockLeavesNothing(t *testing.T) {
	s, _ := newVault(t, keystore.Open)
	g := lockOf(t, s)
	err := g.Do(t.Context(), func(ctx context.Context) error {
		lockIt(t, g)
		<-ctx.Done()
		caller := testkit.Person(func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
			return vaultcore.NewSecret("correct horse"), nil
		})
		return s.keys.Unlock(vaultcore.WithAudience(context.WithoutCancel(ctx), vaultcore.Alone(&caller)))
	})
	if !errors.Is(err, vaultcore.ErrLocked) || !s.keys.Locked() {
		t.Errorf("%v; the keychain is locked: %v", err, s.keys.Locked())
	}
}

// The passphrase of the environment would open the keychain again unasked.
func TestALockDropsThePassphraseOfTheEnvironment(t *testing.T) {
	s, _ := newVault(t, keystore.Open)
	g := lockOf(t, s)
	lockIt(t, g)
	nobody := vaultcore.Caller{Prompt: vaultcore.PromptNone} // else a dialog would ask on this machine's desktop
	if err := g.Unlock(t.Context(), agent.UnlockRequest{Caller: nobody}); err == nil || !s.keys.Locked() {
		t.Errorf("unlocked with nobody asked: %v", err)
	}
}

func TestLockForgetsAndUnlockFindsAgain(t *testing.T) {
	s, _ := newVault(t, inMemory)
	g := lockOf(t, s)
	before, err := g.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"})
	if err != nil {
		t.Fatal(err)
	}
	lockIt(t, g)
	if status, err := g.Status(t.Context()); err != nil || !status.Locked || status.Sessions != 0 {
		t.Errorf("while locked: %+v, %v", status, err)
	}
	if err := g.Unlock(t.Context(), agent.UnlockRequest{}); err != nil {
		t.Fatal(err)
	}
	after, err := g.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"})
	if err != nil || after.Credentials.AccessKeyID != before.Credentials.AccessKeyID {
		t.Errorf("the session is lost: %v", err)
	}
}

// TestUnlockIsConfirmed: where the person wants it, it takes them to unlock.
func TestUnlockIsConfirmed(t *testing.T) {
	s, _ := newVault(t, inMemory)
	g := lockOf(t, s)
	lockIt(t, g)
	answer := error(vaultcore.ErrCanceled)
	s.confirm = func(context.Context, string) error { return answer }
	if err := g.Unlock(t.Context(), agent.UnlockRequest{}); !errors.Is(err, vaultcore.ErrCanceled) || !g.Locked() {
		t.Errorf("without the person: %v, locked %v", err, g.Locked())
	}
	answer = nil
	if err := g.Unlock(t.Context(), agent.UnlockRequest{}); err != nil || g.Locked() {
		t.Errorf("with the person: %v, locked %v", err, g.Locked())
	}
}
