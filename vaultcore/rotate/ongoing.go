package rotate

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	// longestWait bounds the timer of who tends rotations: those of a suspended machine
	// stand still.
	longestWait = 5 * time.Minute
	// finishAgain is when the deletion of an old key that failed is tried again.
	finishAgain = 15 * time.Minute
)

// Ongoing are the rotations under way, as the keychain has told of them and as they have
// gone on since. Its methods may be called at once.
type Ongoing struct {
	mu     sync.Mutex          // guards what follows
	loaded bool                // everything in the keychain is known
	load   time.Time           // no try to find out before this
	open   map[string]*ongoing // by the id of the old key
}

// ongoing is one of them.
type ongoing struct {
	Journal
	stuck string    // why it does not go on by itself; empty when it does
	next  time.Time // no try to finish it before this
}

// Put takes in what is written down of a rotation now.
func (o *Ongoing) Put(j Journal) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.putLocked(j)
}

func (o *Ongoing) putLocked(j Journal) {
	if o.open == nil {
		o.open = make(map[string]*ongoing)
	}
	o.open[j.Old] = &ongoing{Journal: j}
}

// Drop forgets the rotation of an old key, which has ended.
func (o *Ongoing) Drop(old string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.open, old)
}

// Learn takes in all that the keychain has. What stands in a rotation's way stands there
// still.
func (o *Ongoing) Learn(all []Journal) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.loaded = true
	before := o.open
	o.open = nil
	for _, j := range all {
		o.putLocked(j)
		if known := before[j.Old]; known != nil {
			o.open[j.Old].stuck, o.open[j.Old].next = known.stuck, known.next
		}
	}
}

// Known says whether the keychain has told once: from then on all is written from here.
func (o *Ongoing) Known() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.loaded
}

// LearnLater has nobody ask the keychain before a time: it could not tell.
func (o *Ongoing) LearnLater(at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.load = at
}

// Of is the rotation of the key of this name; the zero Journal for none.
func (o *Ongoing) Of(name string) Journal {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, j := range o.open {
		if j.Of(name) {
			return j.Journal
		}
	}
	return Journal{}
}

// Shown are the rotations for a screen, in the order in which they began.
func (o *Ongoing) Shown() []vaultcore.Rotation {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []vaultcore.Rotation
	for _, j := range o.open {
		shown := j.Shown()
		shown.Stuck = j.stuck
		all = append(all, shown)
	}
	slices.SortFunc(all, func(a, b vaultcore.Rotation) int { return a.Begun.Compare(b.Begun) })
	return all
}

// Due are the rotations that can be ended now; load says that the keychain has not told of
// all yet, and may be asked.
func (o *Ongoing) Due(now time.Time) (due []Journal, load bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, j := range o.open {
		if at, waits := j.ends(); waits && !now.Before(at) {
			due = append(due, j.Journal)
		}
	}
	return due, !o.loaded && !now.Before(o.load)
}

// Wait is how long there is nothing to do.
func (o *Ongoing) Wait(now time.Time) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	wait := longestWait
	for _, j := range o.open {
		if at, waits := j.ends(); waits {
			wait = min(wait, at.Round(0).Sub(now.Round(0)))
		}
	}
	return max(wait, time.Second)
}

// ends is when a rotation can be ended, if that is all that it waits for.
func (j *ongoing) ends() (at time.Time, waits bool) {
	if at = j.Due; j.next.After(at) {
		at = j.next
	}
	return at, j.Stage == vaultcore.RotationInactive && j.stuck == ""
}

// Failed takes in that a rotation could not be ended: it waits for a person, or, where AWS
// cannot be reached, for the next try.
func (o *Ongoing) Failed(j Journal, err error) (needsPerson bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	failed := o.open[j.Old]
	switch {
	case failed == nil: // it has ended meanwhile
	case errors.Is(err, vaultcore.ErrNobodyToAsk):
		failed.stuck = "deleting it needs you: run `vaultbar rotate " + vaultcore.Argument(j.Names[0]) + "`"
	case errors.Is(err, vaultcore.ErrRefused), errors.Is(err, vaultcore.ErrWrongAccount), errors.Is(err, vaultcore.ErrNoCredentials):
		failed.stuck = err.Error()
	default:
		failed.next = time.Now().Add(finishAgain)
	}
	return failed != nil && failed.stuck != ""
}
