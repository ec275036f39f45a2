package session

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/key"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// keychain holds one key and any sessions.
type keychain struct {
	mu    sync.Mutex
	reads int
	err   error
	items map[string][]byte
	full  bool          // it cannot be written
	slow  time.Duration // how long writing takes, and telling a key's id
	id    string        // of the key; empty for the usual one
	shut  bool          // it would have to ask

	unlisted error // it cannot list what it has
}

func (k *keychain) KeyID(context.Context, string) (string, error) {
	k.mu.Lock()
	id, err := k.keyID(), k.err
	k.mu.Unlock()
	time.Sleep(k.slow)
	return id, err
}

func (k *keychain) Asks() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.shut
}

func (k *keychain) close(shut bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shut = shut
}

func (k *keychain) keyID() string {
	if k.id == "" {
		return "AKIAIOSFODNN7EXAMPLE"
	}
	return k.id
}

func (k *keychain) Key(context.Context, string) (vaultcore.Credentials, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reads++
	return vaultcore.Credentials{AccessKeyID: k.keyID(), SecretAccessKey: vaultcore.NewSecret("canary-key")}, k.err
}

func (k *keychain) SaveSession(_ context.Context, id string, data []byte) error {
	time.Sleep(k.slow)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.full {
		return vaultcore.Faultf(vaultcore.ErrKeychain, "the disk is full")
	}
	if k.shut {
		return vaultcore.Faultf(vaultcore.ErrLocked, "locked")
	}
	k.items[id] = data
	return nil
}

func (k *keychain) Sessions(context.Context) (map[string][]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.items), k.err
}

func (k *keychain) SessionIDs(context.Context) ([]string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.unlisted != nil {
		return nil, k.unlisted
	}
	return slices.Collect(maps.Keys(k.items)), nil
}

func (k *keychain) RemoveSession(_ context.Context, id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.full {
		return vaultcore.Faultf(vaultcore.ErrKeychain, "the disk cannot be written")
	}
	delete(k.items, id)
	return nil
}

// aws makes sessions; its answers take a second.
type aws struct {
	mu    sync.Mutex
	calls []plan.Kind
	codes map[string]bool // the codes it accepts; nil accepts all
	err   error
	dead  map[string]error // by access key id: what carrying out a step with it gives

	broken string // what it panics with
}

func (a *aws) Run(ctx context.Context, step plan.Step, from vaultcore.Credentials, code vaultcore.Secret) (vaultcore.Credentials, error) {
	a.mu.Lock()
	a.calls = append(a.calls, step.Kind)
	if a.broken != "" {
		defer a.mu.Unlock()
		panic(a.broken)
	}
	n, err := len(a.calls), a.err
	if gone := a.dead[from.AccessKeyID]; gone != nil {
		err = gone
	}
	if step.MFASerial != "" && a.codes != nil && !a.codes[code.Reveal()] {
		err = vaultcore.Faultf(vaultcore.ErrWrongCode, "wrong code")
	}
	delete(a.codes, code.Reveal())
	a.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return vaultcore.Credentials{}, ctx.Err()
	}
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	return vaultcore.Credentials{
		AccessKeyID:     fmt.Sprintf("ASIA%d", n),
		SecretAccessKey: vaultcore.NewSecret("canary-secret"),
		SessionToken:    vaultcore.NewSecret("canary-token"),
		Expires:         time.Now().Add(step.Duration),
	}, nil
}

func (a *aws) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
}

func (a *aws) count(kind plan.Kind) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, k := range a.calls {
		if k == kind {
			n++
		}
	}
	return n
}

// person answers each question with the next of its codes, after thinking.
type person struct {
	mu     sync.Mutex
	codes  []string
	err    error
	asked  []vaultcore.Question
	waited int // how many waited for the last answer
	closed int // questions that ended without an answer
}

func (p *person) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, q)
	select {
	case <-time.After(10 * time.Second):
		p.waited = len(vaultcore.AudienceOf(ctx).Callers())
	case <-ctx.Done():
		p.closed++
		return vaultcore.Secret{}, ctx.Err()
	}
	if p.err != nil {
		return vaultcore.Secret{}, p.err
	}
	code := p.codes[0]
	if len(p.codes) > 1 {
		p.codes = p.codes[1:]
	}
	return vaultcore.NewSecret(code), nil
}

// world is a pool with all its edges replaced.
type world struct {
	*Pool
	keys     *key.Source
	keychain *keychain
	aws      *aws
	person   *person
	log      *bytes.Buffer
	path     string // of the journal; empty for one in memory
}

func newWorld(ctx context.Context, t *testing.T) *world {
	t.Helper()
	w := &world{
		keychain: &keychain{items: make(map[string][]byte)},
		aws:      &aws{},
		person:   &person{codes: []string{"111111"}},
		log:      new(bytes.Buffer),
	}
	w.restart(ctx)
	return w
}

// restart replaces the pool by a new one over the same keychain and AWS.
func (w *world) restart(ctx context.Context) {
	w.keys = key.New(w.keychain, nil)
	calls := sts.NewSource(w.aws, w.person, nil)
	w.Pool = New(ctx, Options{
		Sources: map[plan.Kind]Source{plan.Key: w.keys, plan.Session: calls, plan.Role: calls}, Archive: w.keychain,
		Log: slog.New(slog.NewTextHandler(w.log, nil)), Journal: w.journal(),
	})
}

// keyID is the id of the key of a plan, where it is known.
func (w *world) keyID(prepared *Prepared) (string, bool) { return w.keys.ID(prepared.Plan.Steps[0]) }

// learn reads the id of the key of a plan.
func (w *world) learn(ctx context.Context, prepared *Prepared) error {
	_, err := w.keys.Learn(ctx, prepared.Plan.Steps[0])
	return err
}

// end ends the sessions of the profile of a plan.
func (w *world) end(t *testing.T, prepared *Prepared) (int, error) {
	t.Helper()
	return w.End(t.Context(), prepared.Plan.Profile, func(context.Context) (*Prepared, error) { return prepared, nil })
}

const device = "arn:aws:iam::111111111111:mfa/ann"

// base is the plan of a user's session with MFA, roles the plans above it.
func base() *Prepared {
	return Prepare(plan.Plan{Profile: "base", Steps: []plan.Step{
		{Kind: plan.Key, Profile: "base", KeyName: "base"},
		{Kind: plan.Session, Profile: "base", MFASerial: device, Duration: 8 * time.Hour, Region: "us-east-1"},
	}})
}

func role(name string) *Prepared {
	w := base()
	w.Plan.Profile = name
	w.Plan.Steps = append(w.Plan.Steps, plan.Step{
		Kind: plan.Role, Profile: name, RoleARN: "arn:aws:iam::222222222222:role/" + name, Duration: time.Hour, Region: "us-east-1",
	})
	return w
}

func caller(name string) *vaultcore.Caller { return &vaultcore.Caller{Program: name, Profile: "prod"} }
