// Package key is the source whose credentials are a long-term key of the
// keychain: the step that most plans start with.
//
// It remembers which access key id is kept under which name, because the ids tell
// sessions of one key from those of the key that replaces it, and screens want to
// know without opening the keychain. It remembers no secret. Start with [New].
package key

import (
	"context"
	"log/slog"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inflight"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Keys reads long-term keys. It may return: ErrNoCredentials, ErrLocked, and
// what asking for a passphrase returns.
type Keys interface {
	KeyID(ctx context.Context, name string) (string, error)
	Key(ctx context.Context, name string) (vaultcore.Credentials, error)
	// Asks says whether reading a key would ask a person. It must not block.
	Asks() bool
}

// Source is a session.Source for steps of kind [plan.Key].
type Source struct {
	keys    Keys
	reading *inflight.Group // of ids, by name

	mu      sync.Mutex        // guards what follows
	ids     map[string]string // access key ids by name, as far as known
	changed map[string]int    // how often each name was forgotten
	cleared int               // how often all were
}

// New makes a source of the keys in a keychain. What panics there is logged.
func New(keys Keys, log *slog.Logger) *Source {
	return &Source{
		keys: keys, reading: inflight.New(new(sync.Mutex), log, "reading a key's id"), ids: make(map[string]string), changed: make(map[string]int),
	}
}

// ID is the access key id, once it is known.
func (s *Source) ID(step plan.Step) (id string, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, known = s.ids[step.KeyName]
	return id, known
}

// Asks says whether reading the key would ask a person.
func (s *Source) Asks(plan.Step) bool { return s.keys.Asks() }

// Run reads the key. It may return: what [Keys] returns.
func (s *Source) Run(ctx context.Context, step plan.Step, _ vaultcore.Credentials) (vaultcore.Credentials, error) {
	return s.keys.Key(ctx, step.KeyName)
}

// Learn is ID, reading the keychain where it must; opening that may ask. What was
// read while the key was replaced is read again, and what was read while all was
// forgotten is not remembered. Many who come at once cost one read, unless that asks: who
// may be asked is for each to say. It may return: what [Keys] returns.
func (s *Source) Learn(ctx context.Context, step plan.Step) (string, error) {
	if id, known := s.ID(step); known {
		return id, nil
	}
	if s.keys.Asks() {
		return s.learn(ctx, step.KeyName)
	}
	return inflight.Do(ctx, context.WithoutCancel(ctx), s.reading, vaultcore.AudienceOf(ctx), step.KeyName, func(ctx context.Context) (string, error) {
		return s.learn(ctx, step.KeyName)
	})
}

func (s *Source) learn(ctx context.Context, name string) (string, error) {
	for {
		s.mu.Lock()
		id, known := s.ids[name]
		changed, cleared := s.changed[name], s.cleared
		s.mu.Unlock()
		if known {
			return id, nil
		}
		id, err := s.keys.KeyID(ctx, name)
		if err != nil {
			return "", err
		}
		s.mu.Lock()
		current := s.changed[name] == changed
		if current && s.cleared == cleared {
			s.ids[name] = id
		}
		s.mu.Unlock()
		if current {
			return id, nil
		}
	}
}

// Forget unlearns the id kept under a name: the key was replaced or removed.
func (s *Source) Forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ids, name)
	s.changed[name]++
}

// ForgetAll unlearns every id.
func (s *Source) ForgetAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.ids)
	s.cleared++
}
