package rotate_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
)

const ann = "arn:aws:iam::111111111111:user/ann"

// crash is what a process that is killed comes to.
type crash struct{}

// world is a user at IAM and a keychain, both of which go wrong as mishap says.
type world struct {
	t      *testing.T
	keys   map[string]*iamKey           // at IAM
	held   map[string]string            // in the keychain: ids by name
	aside  map[string]string            // ids by rotation and slot
	pages  map[string][]byte            // journals by rotation
	made   int                          // how many keys IAM has created
	robbed bool                         // somebody has deleted the key in use at AWS
	signer string                       // the id of the key that signs
	mishap func(call string) mishap     // what becomes of a call
	flaps  func(age time.Duration) bool // whether a key of this age is not known to the endpoint that is asked
	lags   func(age time.Duration) bool // whether it is not listed
}

type iamKey struct {
	inactive bool
	created  time.Time
	used     time.Time
}

// mishap is what goes wrong with a call.
type mishap int

const (
	fine        mishap = iota
	failsBefore        // it fails, and nothing is done
	lostAfter          // it is done, and fails
	diesBefore         // the process ends before it is done
	diesAfter          // and after
)

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, keys: map[string]*iamKey{}, held: map[string]string{}, aside: map[string]string{}, pages: map[string][]byte{},
		mishap: func(string) mishap { return fine },
		flaps:  func(time.Duration) bool { return false }, lags: func(time.Duration) bool { return false },
	}
	w.held["bastion"], w.held["copy"] = w.newKey(), ""
	w.held["copy"] = w.held["bastion"]
	return w
}

func (w *world) newKey() string {
	w.made++
	id := fmt.Sprintf("AKIAIOSFODNN7%07d", w.made)
	w.keys[id] = &iamKey{created: time.Now().Truncate(time.Second)}
	return id
}

func credentials(id string) vaultcore.Credentials {
	return vaultcore.Credentials{AccessKeyID: id, SecretAccessKey: vaultcore.NewSecret("secret of " + id)}
}

// call does something, or what the mishap makes of it.
func (w *world) call(name string, do func() error) error {
	what := w.mishap(name)
	switch what {
	case failsBefore:
		return fmt.Errorf("%s fails: %w", name, vaultcore.ErrNoAnswer)
	case diesBefore:
		panic(crash{})
	}
	err := do()
	w.sound(name)
	switch {
	case what == diesAfter:
		panic(crash{})
	case what == lostAfter && err == nil:
		return fmt.Errorf("the answer to %s is lost: %w (%w)", name, vaultcore.ErrNoAnswer, rotate.ErrUnsure)
	}
	return err
}

// sound holds what must always be so: the key in use under every name works.
func (w *world) sound(when string) {
	w.t.Helper()
	if w.robbed {
		return
	}
	for name, id := range w.held {
		if k := w.keys[id]; k == nil || k.inactive {
			w.t.Fatalf("after %s: %s is left without a working key", when, name)
		}
	}
}

// unknown are the keys at IAM whose secret nobody has.
func (w *world) unknown() []string {
	var ids []string
	kept := slices.Collect(maps.Values(w.held))
	kept = slices.AppendSeq(kept, maps.Values(w.aside))
	for id := range w.keys {
		if !slices.Contains(kept, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// The world is a [rotate.IAM].

func (w *world) Use(key vaultcore.Credentials) { w.signer = key.AccessKeyID }

func (w *world) knows(id string) error {
	k := w.keys[id]
	if k == nil || k.inactive || w.flaps(time.Since(k.created)) {
		return fmt.Errorf("%w: %w", rotate.ErrUnknownKey, vaultcore.ErrRefused)
	}
	k.used = time.Now()
	return nil
}

func (w *world) WhoIs(_ context.Context, key vaultcore.Credentials) (id vaultcore.Identity, err error) {
	err = w.call("GetCallerIdentity", func() error { return w.knows(key.AccessKeyID) })
	return vaultcore.Identity{Account: "111111111111", ARN: ann, User: "ann"}, err
}

func (w *world) Keys(context.Context) (list []vaultcore.AccessKey, err error) {
	err = w.call("ListAccessKeys", func() error {
		for id, k := range w.keys {
			if !w.lags(time.Since(k.created)) {
				list = append(list, vaultcore.AccessKey{ID: id, Inactive: k.inactive, Created: k.created, Used: k.used})
			}
		}
		slices.SortFunc(list, func(a, b vaultcore.AccessKey) int { return cmp.Compare(a.ID, b.ID) })
		return nil
	})
	return list, err
}

func (w *world) Create(context.Context) (key vaultcore.Credentials, err error) {
	err = w.call("CreateAccessKey", func() error {
		if len(w.keys) >= 2 {
			return fmt.Errorf("LimitExceeded: %w", vaultcore.ErrRefused)
		}
		key = credentials(w.newKey())
		return nil
	})
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	return key, nil
}

func (w *world) SetActive(_ context.Context, id string, active bool) error {
	return w.call("UpdateAccessKey", func() error {
		if k := w.keys[id]; k != nil {
			k.inactive = !active
		}
		return nil
	})
}

func (w *world) Delete(_ context.Context, id string) error {
	return w.call("DeleteAccessKey", func() error { delete(w.keys, id); return nil })
}

// keychain is the world's, a [rotate.Keychain].
type keychain struct{ *world }

var errNone = vaultcore.Faultf(vaultcore.ErrNoCredentials, "there is none")

func read(id string) (vaultcore.Credentials, error) {
	if id == "" {
		return vaultcore.Credentials{}, errNone
	}
	return credentials(id), nil
}

func (k keychain) Key(_ context.Context, name string) (vaultcore.Credentials, error) {
	return read(k.held[name])
}
func (k keychain) KeyID(_ context.Context, name string) (string, error) { return k.held[name], nil }
func (k keychain) SetKey(_ context.Context, name string, key vaultcore.Credentials) error {
	return k.call("SetKey", func() error { k.held[name] = key.AccessKeyID; return nil })
}
func (k keychain) Aside(_ context.Context, old string, slot rotate.Slot) (vaultcore.Credentials, error) {
	return read(k.aside[old+string(slot)])
}
func (k keychain) AsideID(_ context.Context, old string, slot rotate.Slot) (string, error) {
	return k.aside[old+string(slot)], nil
}
func (k keychain) SetAside(_ context.Context, old string, slot rotate.Slot, key vaultcore.Credentials) error {
	return k.call("SetAside", func() error { k.aside[old+string(slot)] = key.AccessKeyID; return nil })
}
func (k keychain) RemoveAside(_ context.Context, old string, slot rotate.Slot) error {
	return k.call("RemoveAside", func() error { delete(k.aside, old+string(slot)); return nil })
}
func (k keychain) SaveJournal(_ context.Context, j rotate.Journal) error {
	text, err := j.Text()
	return errors.Join(err, k.call("SaveJournal", func() error { k.pages[j.Old] = text; return nil }))
}
func (k keychain) EndJournal(_ context.Context, old string) error {
	return k.call("EndJournal", func() error {
		delete(k.aside, old+string(rotate.SlotNew))
		delete(k.aside, old+string(rotate.SlotOld))
		delete(k.pages, old)
		return nil
	})
}

// journal is the one that is open.
func (w *world) journal() rotate.Journal {
	w.t.Helper()
	for _, text := range w.pages {
		j, err := rotate.ReadJournal(text)
		if err != nil {
			w.t.Fatal(err)
		}
		return j
	}
	return rotate.Journal{}
}

// rotation is a process that begins now.
func (w *world) rotation() *rotate.Rotation {
	return &rotate.Rotation{Keychain: keychain{w}, IAM: w, Log: quiet}
}

// run is one `vaultbar rotate`, to its end or its death.
func (w *world) run(o rotate.Options) (step rotate.Step, err error, died bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(crash); !ok {
				panic(r)
			}
			died = true
		}
	}()
	o.Name, o.Names = "bastion", []string{"bastion", "copy"}
	r := w.rotation()
	s, err := r.Look(w.t.Context(), w.journal(), o)
	if err != nil {
		return rotate.Step{}, err, false
	}
	_, step, err = r.Run(w.t.Context(), s)
	return step, err, false
}

// often says what goes wrong at random.
func often(r *rand.Rand, one float64) func(string) mishap {
	return func(string) mishap {
		if r.Float64() >= one {
			return fine
		}
		return mishap(1 + r.IntN(4))
	}
}
