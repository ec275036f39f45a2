package access

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

// Idle locks once the person has been away for as long as the settings say.
//
// They are there when they touch the keyboard or the mouse, as far as the desktop tells,
// and when they use Vaultbar: by a click, or by a command at a terminal. What programs get
// meanwhile, and what is only looked at, is no sign of them. Time in which the machine
// sleeps counts, and setting the clock changes nothing.
type Idle struct {
	o     IdleOptions
	began time.Time // by a clock that stands still while the machine sleeps

	mu     sync.Mutex    // guards what follows
	there  time.Duration // by the clock: when the person was last there
	looked time.Duration // by the clock: when the desktop was last asked
	awake  time.Duration // the same since began
}

// IdleOptions are what an [Idle] works with.
type IdleOptions struct {
	Limit func() time.Duration // how long they may be away; 0 for any time
	// Input is how long ago the keyboard or the mouse was touched. It returns an error where the
	// desktop does not tell.
	Input   func(context.Context) (time.Duration, error)
	Clock   func() time.Duration // runs on while the machine sleeps
	Lock    func() error
	Locked  func() bool
	Changed *broadcast.Changed // of the settings, and of the lock
	Log     *slog.Logger
}

// NewIdle makes one that takes the person for present.
func NewIdle(o IdleOptions) *Idle {
	return &Idle{o: o, began: time.Now(), there: o.Clock(), looked: o.Clock()}
}

// Around refuses what comes after the person has been away for too long, which a machine
// that slept did not notice, and takes in that they are there. It is an [agent.Around].
func (i *Idle) Around(ctx context.Context, use agent.Use, do func(context.Context) error) error {
	if i.o.Limit() == 0 {
		return do(ctx)
	}
	if use.WhileLocked == "" {
		i.Check(ctx)
	}
	if use.Name == "unlock" || !use.Harmless && use.Caller().InPerson() {
		defer i.here() // by now, and not when an answer was waited for
		i.here()
	}
	return do(ctx)
}

func (i *Idle) here() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.there = i.o.Clock()
}

// Run locks in time, until ctx ends. While there is nothing to lock it waits for that.
func (i *Idle) Run(ctx context.Context) {
	for ctx.Err() == nil {
		i.wait(ctx)
		i.Check(ctx)
	}
}

// wait waits until the person may have been away for too long, or something changed.
func (i *Idle) wait(ctx context.Context) {
	changed := i.o.Changed.Next()
	var due <-chan time.Time
	if left, ok := i.left(); ok {
		timer := time.NewTimer(max(left, 0))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-due:
	case <-changed:
	case <-ctx.Done():
	}
}

// left is how long it is until the person has been away for too long, as far as is known
// without asking the desktop; false where nothing is to be locked.
func (i *Idle) left() (time.Duration, bool) {
	limit := i.o.Limit()
	if limit == 0 || i.o.Locked() {
		return 0, false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.there + limit - i.o.Clock(), true
}

// Check locks if the person has been away for too long.
func (i *Idle) Check(ctx context.Context) {
	if left, ok := i.left(); !ok || left > 0 {
		return
	}
	i.Look(ctx)
	if left, ok := i.left(); !ok || left > 0 {
		return
	}
	if err := i.o.Lock(); err != nil {
		i.o.Log.Error("could not be locked after the idle time", "error", err)
	}
}

// Look asks the desktop when the person was last there. Whoever is about to put the
// machine to sleep has it called before, and Check afterwards: the desktop's own
// clock may stand still meanwhile.
func (i *Idle) Look(ctx context.Context) {
	if i.o.Limit() == 0 {
		return
	}
	since, err := i.o.Input(ctx)
	now, awake := i.o.Clock(), time.Since(i.began)
	i.mu.Lock()
	defer i.mu.Unlock()
	slept := (now - i.looked) - (awake - i.awake)
	i.looked, i.awake = now, awake
	if err == nil {
		i.there = max(i.there, now-since-max(slept, 0))
	}
}
