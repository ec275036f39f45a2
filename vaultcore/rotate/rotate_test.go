package rotate_test

import (
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

const grace = 24 * time.Hour

// TestRandomRuns holds the promise: whatever is lost, refused or killed at whichever call,
// every name has a key that works all the time, no key at IAM is one that nobody was told
// of, and the next runs end the rotation.
func TestRandomRuns(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			w := newWorld(t)
			time.Sleep(90 * 24 * time.Hour)
			known, listed := time.Duration(r.IntN(20))*time.Second, time.Duration(r.IntN(20))*time.Second
			w.flaps = func(age time.Duration) bool { return age < known && r.IntN(2) == 0 }
			w.lags = func(age time.Duration) bool { return age < listed }
			w.mishap = often(r, 0.15)
			first := w.held["bastion"]
			for range 6 {
				_, err, died := w.run(rotate.Options{Grace: grace})
				if unknown := w.unknown(); len(unknown) > 0 && !w.journal().Open() && (died || err == nil || !says(err, unknown)) {
					t.Fatalf("seed %d: nobody was told of %q (%v)", seed, unknown, err)
				}
				time.Sleep(time.Duration(r.IntN(300)) * time.Second)
			}
			w.ends(seed, first)
		})
	}
}

// says whether an error names a key, or that there may be one.
func says(err error, ids []string) bool {
	text := err.Error() + " " + vaultcore.Hint(err)
	return errors.Is(err, rotate.ErrUnsure) || slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(text, vaultcore.MaskKeyID(id)) })
}

// ends holds that a rotation comes to its end once nothing goes wrong any more.
func (w *world) ends(seed uint64, first string) {
	w.t.Helper()
	w.mishap = func(string) mishap { return fine }
	time.Sleep(time.Hour)
	var step rotate.Step
	for range 3 {
		var err error
		if step, err, _ = w.run(rotate.Options{Grace: grace}); err != nil {
			w.t.Fatalf("seed %d: with nothing wrong: %v", seed, err)
		}
		if step.Do == rotate.Wait {
			break
		}
	}
	if step.Do != rotate.Wait {
		w.t.Fatalf("seed %d: it ended with %+v", seed, step)
	}
	if w.held["bastion"] == first || w.held["copy"] != w.held["bastion"] || w.keys[w.journal().Old] == nil || !w.keys[w.journal().Old].inactive {
		w.t.Fatalf("seed %d: in use are %v of %v", seed, w.held, w.keys)
	}
	time.Sleep(grace)
	r := w.rotation()
	s, err := r.Look(w.t.Context(), w.journal(), rotate.Options{Name: "bastion", Names: []string{"bastion", "copy"}})
	if err == nil {
		err = r.Complete(w.t.Context(), s)
	}
	if err != nil || len(w.keys) != 1 || len(w.aside) > 0 || len(w.pages) > 0 {
		w.t.Fatalf("seed %d: left are keys %v, aside %v, %d journals: %v", seed, w.keys, w.aside, len(w.pages), err)
	}
}

// calls are all that a rotation makes, in their order.
var calls = []string{"GetCallerIdentity", "ListAccessKeys", "SaveJournal", "CreateAccessKey", "SetAside", "SetKey", "RemoveAside", "UpdateAccessKey", "DeleteAccessKey", "EndJournal"}

// TestEachCall has each call of a rotation go wrong once in each way.
func TestEachCall(t *testing.T) {
	for _, call := range calls {
		for _, what := range []mishap{failsBefore, lostAfter, diesBefore, diesAfter} {
			for nth := range 3 {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					time.Sleep(90 * 24 * time.Hour)
					first, n, creations := w.held["bastion"], 0, 0
					w.mishap = func(name string) mishap {
						if name == "CreateAccessKey" {
							creations++
						}
						if name != call {
							return fine
						}
						if n++; n == nth+1 {
							return what
						}
						return fine
					}
					_, err, died := w.run(rotate.Options{Grace: grace})
					if creations > 1 {
						t.Errorf("%s: CreateAccessKey was sent %d times in one run", call, creations)
					}
					if unknown := w.unknown(); len(unknown) > 0 && !w.journal().Open() && (died || err == nil || !says(err, unknown)) {
						t.Errorf("%s %v: nobody was told of %q (%v)", call, what, unknown, err)
					}
					w.ends(uint64(what), first)
				})
			}
		}
	}
}

// TestKeychainRefuses holds that a new key that cannot be kept is deleted again, and named
// where that fails too.
func TestKeychainRefuses(t *testing.T) {
	for _, deletes := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.mishap = func(call string) mishap {
				if call == "SetAside" || call == "DeleteAccessKey" && !deletes {
					return failsBefore
				}
				return fine
			}
			_, err, _ := w.run(rotate.Options{Grace: grace})
			if !errors.Is(err, vaultcore.ErrKeychain) || deletes == (len(w.keys) == 2) || w.journal().Open() == deletes {
				t.Errorf("deletes %v: %v, with %d keys at IAM", deletes, err, len(w.keys))
			}
			if !deletes && !says(err, w.unknown()) {
				t.Errorf("not named: %v", err)
			}
			w.ends(0, w.held["bastion"])
		})
	}
}

// TestSettling holds that a key that flaps is not taken for one that works, and that both
// keys stay when it never does.
func TestSettling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		time.Sleep(time.Hour)
		answers := []bool{true, false, true, true, false, true, true, true}
		w.flaps = func(age time.Duration) bool {
			if age >= time.Hour || len(answers) == 0 {
				return false
			}
			good := answers[0]
			answers = answers[1:]
			return !good
		}
		begun := time.Now()
		if step, err, _ := w.run(rotate.Options{Grace: grace}); err != nil || step.Do != rotate.Wait || len(answers) > 0 {
			t.Errorf("%+v, %v, with %d answers left", step, err, len(answers))
		}
		if took := time.Since(begun); took < 5*time.Second {
			t.Errorf("it took %s", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		time.Sleep(time.Hour)
		old := w.held["bastion"]
		w.flaps = func(age time.Duration) bool { return age < time.Hour }
		_, err, _ := w.run(rotate.Options{Grace: grace})
		if !errors.Is(err, vaultcore.ErrRefused) || w.held["bastion"] != old || len(w.keys) != 2 || w.journal().Stage != vaultcore.RotationCreated {
			t.Errorf("%v, in use %v of %v", err, w.held, w.keys)
		}
		time.Sleep(time.Hour)
		w.ends(0, old)
	})
}

// TestTwoKeys holds that somebody else's key is never touched until the person names it.
func TestTwoKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		other := w.newKey()
		w.keys[other].used = time.Now()
		time.Sleep(time.Hour)
		_, err, _ := w.run(rotate.Options{Grace: grace})
		if !errors.Is(err, vaultcore.ErrRefused) || !says(err, []string{other}) || len(w.keys) != 2 || w.made != 2 {
			t.Errorf("%v, with %v", err, w.keys)
		}
		if _, err, _ = w.run(rotate.Options{Grace: grace, Replace: w.held["bastion"]}); !errors.Is(err, vaultcore.ErrRequest) {
			t.Errorf("the key in use is given up: %v", err)
		}
		if _, err, _ = w.run(rotate.Options{Grace: grace, Replace: "WXYZ"}); !errors.Is(err, vaultcore.ErrRequest) {
			t.Errorf("a key that is not there: %v", err)
		}
		for _, shown := range []string{vaultcore.MaskKeyID(other), other[len(other)-4:]} {
			s, err := w.rotation().Look(t.Context(), rotate.Journal{}, rotate.Options{Name: "bastion", Names: []string{"bastion"}, Replace: shown})
			if err != nil || s.Replace != other {
				t.Errorf("%s names %q: %v", shown, s.Replace, err)
			}
		}
		if step, err, _ := w.run(rotate.Options{Grace: grace, Replace: other}); err != nil || step.Do != rotate.Wait || w.keys[other] != nil {
			t.Errorf("%+v, %v", step, err)
		}
	})
}

// TestReactivated holds that an old key that somebody made active again is not deleted
// unasked.
func TestReactivated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		time.Sleep(time.Hour)
		old := w.held["bastion"]
		if _, err, _ := w.run(rotate.Options{Grace: grace}); err != nil {
			t.Fatal(err)
		}
		w.keys[old].inactive = false
		time.Sleep(2 * grace)
		r := w.rotation()
		s, err := r.Look(t.Context(), w.journal(), rotate.Options{Name: "bastion"})
		if err == nil {
			err = r.Complete(t.Context(), s)
		}
		if !errors.Is(err, vaultcore.ErrRefused) || w.keys[old] == nil {
			t.Errorf("%v, %v", err, w.keys)
		}
		if step, err, _ := w.run(rotate.Options{Grace: grace, Replace: old}); err != nil || step.Do != rotate.Delete || len(w.keys) != 1 {
			t.Errorf("%+v, %v, %v", step, err, w.keys)
		}
	})
}

// TestTheOtherKeyTakesOver holds that where the old key is deleted at AWS in the middle, the
// new one that is kept aside takes its place; and the other way round.
func TestTheOtherKeyTakesOver(t *testing.T) {
	for _, stage := range []vaultcore.RotationStage{vaultcore.RotationCreated, vaultcore.RotationSwitched} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			time.Sleep(time.Hour)
			old := w.held["bastion"]
			w.mishap = func(call string) mishap {
				if call == "SetKey" && stage == vaultcore.RotationCreated || call == "UpdateAccessKey" {
					return diesBefore
				}
				return fine
			}
			w.run(rotate.Options{Grace: grace})
			j := w.journal()
			if j.Stage != stage {
				t.Fatalf("the stage is %q", j.Stage)
			}
			w.mishap = func(string) mishap { return fine }
			gone, want := old, j.New
			if stage == vaultcore.RotationSwitched {
				gone, want = j.New, old
			}
			delete(w.keys, gone)
			w.robbed = true
			s, err := w.rotation().Look(t.Context(), j, rotate.Options{Name: "bastion"})
			if err != nil || !s.Dead {
				t.Fatalf("%+v, %v", s, err)
			}
			if _, _, err := w.rotation().Run(t.Context(), s); err != nil || w.held["bastion"] != want || w.held["copy"] != want || w.journal().Open() {
				t.Errorf("in use is %v, not %s: %v", w.held, want, err)
			}
		})
	}
}
