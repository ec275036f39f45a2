package access

import (
	"context"
	"slices"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

// Approvals are the questions about where requests may go that are open. Programs
// that wait for the same items wait for one answer.
type Approvals struct {
	mu   sync.Mutex // guards what follows, and the approvals
	open map[string]*approval
}

// approval is one open question and all who wait for it, who are its audience.
type approval struct {
	of      *Approvals
	cancel  context.CancelFunc
	callers []*vaultcore.Caller // guarded by of.mu
	changed broadcast.Changed   // of callers

	done   chan struct{} // closed when the next two are set
	answer string
	err    error
}

// Callers returns who waits, longest first.
func (a *approval) Callers() []*vaultcore.Caller {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	return slices.Clone(a.callers)
}

// Changed returns a channel that is closed when anybody joins or leaves.
func (a *approval) Changed() <-chan struct{} { return a.changed.Next() }

// Wait joins the question with this key, which ask puts where nobody has yet, and
// waits for its answer. The last who leaves ends it.
func (s *Approvals) Wait(ctx, life context.Context, key string, caller *vaultcore.Caller, ask func(context.Context) (string, error)) (string, error) {
	s.mu.Lock()
	a := s.open[key]
	if a == nil {
		a = s.putLocked(life, key, ask)
	}
	a.callers = append(a.callers, caller)
	a.changed.Notify()
	s.mu.Unlock()
	select {
	case <-a.done:
		return a.answer, a.err
	case <-ctx.Done():
		s.leave(key, a, caller)
		return "", ctx.Err()
	}
}

// putLocked begins to ask. The caller's joining comes first: it waits for the lock.
func (s *Approvals) putLocked(life context.Context, key string, ask func(context.Context) (string, error)) *approval {
	ctx, cancel := context.WithCancel(life)
	a := &approval{of: s, cancel: cancel, done: make(chan struct{})}
	if s.open == nil {
		s.open = make(map[string]*approval)
	}
	s.open[key] = a
	go func() {
		defer cancel()
		a.answer, a.err = ask(vaultcore.WithAudience(ctx, a))
		s.mu.Lock()
		if s.open[key] == a {
			delete(s.open, key)
		}
		s.mu.Unlock()
		close(a.done)
	}()
	return a
}

func (s *Approvals) leave(key string, a *approval, caller *vaultcore.Caller) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.callers = slices.DeleteFunc(a.callers, func(other *vaultcore.Caller) bool { return other == caller })
	if len(a.callers) == 0 {
		a.cancel()
		if s.open[key] == a {
			delete(s.open, key)
		}
	}
	a.changed.Notify()
}
