package rotator

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// world is a rotator of a keychain in memory, which has the key of the user robot, at a
// local AWS.
type world struct {
	*Rotator
	t       *testing.T
	server  *awstest.Server
	account *awstest.Account
	robot   *awstest.User
	vault   *fakeVault
	deleted []string // what was told of old keys
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, server: awstest.NewServer(t)}
	w.account = w.server.Account("111111111111")
	w.robot = w.account.User("robot")
	at := sts.Target{Region: "us-east-1", Endpoint: w.server.URL()}
	w.vault = &fakeVault{known: Known{AtSTS: at, AtIAM: at}, plans: make(map[string]plan.Plan)}
	ages, err := rotate.OpenAges("")
	if err != nil {
		t.Fatal(err)
	}
	keys := keystore.NewMemory()
	w.Rotator = New(Options{
		Vault: w.vault, Keys: keys, Ages: ages, Changed: new(broadcast.Changed), Propagation: rotate.Propagation{Pause: time.Millisecond},
		KeyID: func(name string) (string, bool) {
			id, err := keys.KeyID(context.WithoutCancel(t.Context()), name)
			return id, err == nil
		},
		STS: sts.New(sts.Options{Version: "test", Attempt: 5 * time.Second, Pause: time.Millisecond}),
		Deleted: func(name, keyID string, err error) {
			outcome := "done"
			if err != nil {
				outcome = agent.Code(err)
			}
			w.deleted = append(w.deleted, name+" "+keyID+": "+outcome)
		},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	w.keep("robot", w.robot.NewKey())
	return w
}

// keep has the keychain keep a key under a name.
func (w *world) keep(name string, key *awstest.Key) {
	w.t.Helper()
	if err := w.keys.SetKey(w.t.Context(), name, key.Credentials()); err != nil {
		w.t.Fatal(err)
	}
}

// rotate rotates as a person does who agrees to what is shown.
func (w *world) rotate(r agent.RotateRequest) (agent.RotateResult, error) {
	w.t.Helper()
	shown, err := w.Rotate(w.t.Context(), r)
	if err != nil {
		return shown, err
	}
	if shown.Applied || len(shown.Steps) == 0 {
		w.t.Errorf("it was only to be shown: %+v", shown)
	}
	r.Agreed = shown.Plan
	return w.Rotate(w.t.Context(), r)
}

// inUse is the id of the key in use under a name, which must work.
func (w *world) inUse(name string) string {
	w.t.Helper()
	key, err := w.keys.Key(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	if id, err := w.sts.WhoIs(w.t.Context(), w.vault.known.AtSTS, key); err != nil || id.Account != w.account.ID() {
		w.t.Fatalf("the key of %s is of %+v: %v", name, id, err)
	}
	return key.AccessKeyID
}

// fakeVault knows of a key what its fields say, and has nobody who could be asked.
type fakeVault struct {
	known    Known
	plans    map[string]plan.Plan // by profile
	profiles []string             // that rest on every key
	at       []sts.Target         // where their sessions are made
	replaced []string             // names that got another key
}

func (f *fakeVault) Plan(_ context.Context, profile string) (plan.Plan, error) {
	p, ok := f.plans[profile]
	if !ok {
		return plan.Plan{}, vaultcore.NoProfile(profile, "config", nil)
	}
	return p, nil
}

func (f *fakeVault) Known(context.Context, string, *vaultcore.Caller) (Known, error) {
	return f.known, nil
}

func (f *fakeVault) Resting(context.Context, []string) ([]string, []sts.Target) {
	return f.profiles, f.at
}

func (f *fakeVault) Session(context.Context, plan.Plan, *vaultcore.Caller) (vaultcore.Credentials, error) {
	return vaultcore.Credentials{}, vaultcore.ErrNobodyToAsk
}

func (f *fakeVault) AtHand(context.Context, plan.Plan, *vaultcore.Caller) (vaultcore.Credentials, error) {
	return vaultcore.Credentials{}, vaultcore.ErrNobodyToAsk
}

func (f *fakeVault) Replaced(_ context.Context, name string, _ vaultcore.Credentials) {
	f.replaced = append(f.replaced, name)
}
