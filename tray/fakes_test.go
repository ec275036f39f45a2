package tray

import (
	"context"
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

// world is a vault in memory, and whoever carries out clicks. They are told to say, in
// words.
type world struct {
	say   func(string)
	found string        // what a person finds
	hold  chan struct{} // when not nil, every action waits for it
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

// Do says what was clicked, in words.
func (w *world) Do(ctx context.Context, a menu.Action, raise func(string) error) {
	switch a.Kind {
	case menu.Find:
		_ = raise(w.found)
	case menu.Choose:
		_ = raise(a.Profile)
	}
	w.say(words(a))
	if w.hold != nil {
		select {
		case <-w.hold:
		case <-ctx.Done():
		}
	}
}

// words are what an action is called.
func words(a menu.Action) string {
	return strings.Join(strings.Fields(string(a.Kind)+" "+a.Profile+" "+a.SignIn+" "+a.Setting+" "+a.Value), " ")
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

// screen is a surface in memory.
type screen struct {
	mu      sync.Mutex
	clicked func(int)
	rows    []menu.Item
	shown   menu.Menu
	built   int
	touched int
	slow    time.Duration // how long a row takes to be drawn
}

func (s *screen) reset(rows int, clicked func(int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.built++
	s.clicked, s.rows = clicked, make([]menu.Item, rows)
}

func (s *screen) add(number, _ int, is menu.Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	is.Enabled, is.Hidden, is.Beside = true, false, menu.Nothing
	s.rows[number] = is
}

func (s *screen) row(number int, _, is menu.Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	time.Sleep(s.slow)
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
