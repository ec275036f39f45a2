package notify

import (
	"context"
	"sync"
	"time"

	"github.com/gen2brain/beeep"
	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore/bounded"
)

// patience is how long the notification service may take to answer.
const patience = 5 * time.Second

// Notifier shows notices. Make one with [New].
type Notifier struct {
	// Icon is our picture as a PNG, for desktops on which our icon is not
	// installed; nil means none. It is set before the first notice.
	Icon []byte
	// IconFile is the same as a file, for systems that read it from there; "" means none.
	IconFile string

	talking *semaphore.Weighted // held by whoever talks to the service
	line    service

	mu    sync.Mutex // guards what follows
	shown map[string]*showing
}

// showing is a notice that was shown and has not been withdrawn.
type showing struct {
	notice Notice
	number number // zero when it is off the screen or was never numbered
	chosen func(action string)
}

// number is how a service knows a notice. Another service, even a later one of
// the same name, has the same numbers for other things.
type number struct {
	service string // its unique name on the bus
	id      uint32
}

// New makes a notifier. Nothing is connected before the first notice.
func New() *Notifier {
	beeep.AppName = appName
	return &Notifier{talking: semaphore.NewWeighted(1), shown: make(map[string]*showing)}
}

const appName = "Vaultbar"

// Notify shows a notice. When the person presses a button of it, chosen is called
// with that action's key, on a goroutine of its own; chosen may be nil. The same
// notice is not shown a second time before it is withdrawn; with other words it
// takes the place of the first while that is still on the screen. An error means
// that it could not be shown, and it may be tried again. It may return:
// errors.ErrUnsupported when nothing on this desktop shows notifications.
func (n *Notifier) Notify(ctx context.Context, notice Notice, chosen func(action string)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leave, err := n.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	replaces, ok := n.due(notice)
	if !ok {
		return nil
	}
	given, err := n.line.show(ctx, n, notice, replaces)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.shown[notice.Key] = &showing{notice, given, chosen}
	return nil
}

// due says whether a notice is to be shown, and in place of which.
func (n *Notifier) due(notice Notice) (replaces number, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	old, ok := n.shown[notice.Key]
	if !ok {
		return number{}, true
	}
	same := old.notice.Title == notice.Title && old.notice.Body == notice.Body
	return old.number, old.number != number{} && !same
}

// Withdraw takes a notice off the screen and lets it be shown anew: its cause is
// over.
func (n *Notifier) Withdraw(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leave, err := n.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	n.mu.Lock()
	old := n.shown[key]
	delete(n.shown, key)
	n.mu.Unlock()
	if old == nil || old.number == (number{}) {
		return nil
	}
	return n.line.close(ctx, old.number)
}

// Close ends the connection to the service. What is on the screen stays there,
// but nobody hears of its buttons any more.
func (n *Notifier) Close() {
	_ = n.talking.Acquire(context.Background(), 1)
	defer n.talking.Release(1)
	n.line.hangUp()
}

func (n *Notifier) enter(ctx context.Context) (leave func(), err error) {
	if err := n.talking.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return func() { n.talking.Release(1) }, nil
}

// pressed hands on what the person pressed.
func (n *Notifier) pressed(what number, action string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.shown {
		if s.number != what || s.chosen == nil {
			continue
		}
		if action == defaultAction && len(s.notice.Actions) > 0 {
			action = s.notice.Actions[0].Key
		}
		go s.chosen(action)
		return
	}
}

// defaultAction is the service's key for a click on the notice itself.
const defaultAction = "default"

// closed notes that a notice is off the screen.
func (n *Notifier) closed(what number) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.shown {
		if s.number == what {
			s.number = number{}
		}
	}
}

// renumbered notes that the bus is another one: the names on it mean others now.
func (n *Notifier) renumbered() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.shown {
		s.number = number{}
	}
}

// plainly shows a notice through the platform's own way, without buttons.
func plainly(ctx context.Context, title, body, icon string) error {
	return inTime(ctx, func() error { return beeep.Notify(title, body, icon) })
}

// inTime is a call of a library that takes no context, and makes nothing to be dropped.
func inTime(ctx context.Context, call func() error) error {
	_, err := bounded.Call(ctx, func() (struct{}, error) { return struct{}{}, call() }, func(struct{}) {})
	return err
}

// iconName is the name of our icon among those that are installed.
const iconName = "vaultbar"
