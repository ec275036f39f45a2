package tray

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

var _ Vault = agent.Service(nil)

// world is a vault, a desktop and a console in memory. What is called is told
// to say, in words.
type world struct {
	say   func(string)
	found string        // what FindProfile returns
	picks string        // what is chosen of the actions
	fails error         // what every call returns
	hold  chan struct{} // when not nil, every call waits for it
	slow  time.Duration // how long a snapshot takes
	blind error         // what Snapshot returns, under mu
	deaf  error         // what Watch returns at once, under mu

	mu       sync.Mutex
	snap     vaultcore.Snapshot
	looks    int
	watchers []func()
}

// change changes what is known, and tells.
func (w *world) change(f func(*vaultcore.Snapshot)) {
	w.mu.Lock()
	f(&w.snap)
	watchers := slices.Clone(w.watchers)
	w.mu.Unlock()
	for _, changed := range watchers {
		changed()
	}
}

// count is how often it was looked at what is known.
func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.looks
}

func (w *world) call(ctx context.Context, format string, args ...any) error {
	w.say(fmt.Sprintf(format, args...))
	if w.hold != nil {
		select {
		case <-w.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return w.fails
}

func (w *world) Watch(ctx context.Context, changed func()) error {
	w.mu.Lock()
	if w.deaf != nil {
		defer w.mu.Unlock()
		return w.deaf
	}
	w.watchers = append(w.watchers, changed)
	w.mu.Unlock()
	changed()
	<-ctx.Done()
	return ctx.Err()
}

func (w *world) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	if w.slow > 0 {
		_ = retry.Sleep(ctx, w.slow)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	snap := w.snap
	snap.Profiles = slices.Clone(snap.Profiles)
	return snap, w.blind
}

func (w *world) Credentials(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
	if r.Caller.Program != "Vaultbar" || r.Caller.Profile != r.Profile || r.Caller.Prompt != vaultcore.PromptDialog {
		return agent.CredentialsResult{}, errors.New("the caller is not the person at the menu")
	}
	return agent.CredentialsResult{}, w.call(ctx, "credentials %s", r.Profile)
}

func (w *world) Renew(ctx context.Context, r agent.CredentialsRequest) error {
	return w.call(ctx, "renew %s", r.Profile)
}

func (w *world) Clear(ctx context.Context, r agent.ClearRequest) (agent.RemoveResult, error) {
	if r.Profile == "" {
		return agent.RemoveResult{}, errors.New("no row ends every session")
	}
	return agent.RemoveResult{}, w.call(ctx, "clear %s", r.Profile)
}

func (w *world) Lock(ctx context.Context) error { return w.call(ctx, "lock") }
func (w *world) Stop(ctx context.Context) error { return w.call(ctx, "stop") }

func (w *world) AddCredentials(ctx context.Context, profile string) error {
	return w.call(ctx, "%s", strings.TrimSpace("add "+profile))
}

func (w *world) ChooseAction(ctx context.Context, profile string, actions []string) (int, error) {
	return slices.Index(actions, w.picks), w.call(ctx, "choose %s", profile)
}

func (w *world) CopyID(ctx context.Context, profile, account string) error {
	return w.call(ctx, "copy-id %s %s", profile, account)
}

func (w *world) Explain(ctx context.Context, profile string) error {
	return w.call(ctx, "explain %s", profile)
}

func (w *world) Faults(ctx context.Context) error { return w.call(ctx, "faults") }

func (w *world) Answer(ctx context.Context) error  { return w.call(ctx, "answer") }
func (w *world) About(ctx context.Context) error   { return w.call(ctx, "about") }
func (w *world) OpenLog(ctx context.Context) error { return w.call(ctx, "log") }

func (w *world) FindProfile(ctx context.Context) (string, error) {
	return w.found, w.call(ctx, "find")
}

func (w *world) RemoveCredentials(ctx context.Context, profile string) error {
	return w.call(ctx, "remove %s", profile)
}

func (w *world) OpenTerminal(ctx context.Context, profile string) error {
	return w.call(ctx, "terminal %s", profile)
}

func (w *world) Copy(ctx context.Context, profile, format string) error {
	return w.call(ctx, "copy %s %s", profile, format)
}

func (w *world) OpenConsole(ctx context.Context, profile, how string) error {
	return w.call(ctx, "console %s %s", profile, how)
}

func (w *world) Failed(_ context.Context, doing, _ string, err error) {
	w.say(fmt.Sprintf("failed to %s: %v", doing, err))
}

// screen is a surface in memory.
type screen struct {
	mu      sync.Mutex
	clicked func(int)
	rows    []menu.Item
	shown   menu.Menu
	built   int
	whole   bool
	touched int
}

func (s *screen) build(m menu.Menu, clicked func(int), whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.built++
	s.clicked, s.rows, s.whole = clicked, nil, whole
	for _, row := range flatten(m.Items) {
		s.rows = append(s.rows, row.item)
	}
}

func (s *screen) fill(m menu.Menu) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole = true
	for i, row := range flatten(m.Items) {
		s.rows[i] = row.item
	}
}

func (s *screen) row(number int, _, is menu.Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[number] = is
	s.touched++
}

func (s *screen) face(_, is menu.Menu) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = is
}

// get returns the row with this key as it is drawn, with what it does, and its
// number.
func (s *screen) get(key string) (menu.Item, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.rows, func(item menu.Item) bool { return item.Key == key })
	if i < 0 {
		return menu.Item{}, -1
	}
	row := s.rows[i]
	row.Action = s.shown.Find(key).Action
	return row, i
}

// touches is how many rows were changed since it was last asked.
func (s *screen) touches() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.touched
	s.touched = 0
	return n
}

func (s *screen) click(key string) {
	_, i := s.get(key)
	s.clicked(i)
}

func (w *world) Unlock(ctx context.Context, r agent.UnlockRequest) error {
	if r.Caller.Prompt != vaultcore.PromptDialog {
		return errors.New("the caller is not the person at the menu")
	}
	return w.call(ctx, "unlock")
}

func (w *world) Set(ctx context.Context, r agent.SetRequest) error {
	if !r.Caller.Clicked {
		return errors.New("the caller is not the person at the menu")
	}
	return w.call(ctx, "set %s", strings.TrimSpace(r.Profile+" "+r.Key+" "+r.Value))
}
