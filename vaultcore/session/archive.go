package session

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// saved is a session as it lies in the keychain. It goes nowhere else: it holds
// secrets in clear.
type saved struct {
	Version         int       `json:"v"`
	Kind            plan.Kind `json:"kind"`
	Root            string    `json:"root"`
	Issued          time.Time `json:"issued"`
	Expires         time.Time `json:"expires"`
	AccessKeyID     string    `json:"id"`
	SecretAccessKey string    `json:"secret"`
	SessionToken    string    `json:"token"`
	AccountID       string    `json:"account,omitempty"`
	Profile         string    `json:"profile,omitempty"` // whose session it is
	Agent           string    `json:"agent,omitempty"`   // the AI agent whose own it is
	Mark            int64     `json:"mark,omitempty"`    // of the journal
}

const savedVersion = 1

// keep publishes a new session, then saves it where it may be, which may take a while. A
// keychain that cannot be written costs only a question after the next restart,
// so it fails nobody.
func (p *Pool) keep(ctx context.Context, fingerprint string, prepared *Prepared, step int, credentials vaultcore.Credentials) error {
	now := now()
	e := &entry{
		Session:     Session{Kind: prepared.Plan.Steps[step].Kind, Issued: now, Expires: credentials.Expires.Round(0), Used: p.used(ctx, fingerprint, now), Agent: prepared.Plan.Steps[step].Agent},
		credentials: credentials,
		root:        prepared.root(),
		profile:     prepared.Plan.Steps[step].Profile,
		mark:        p.options.Journal.Mark(),
		unsaved:     !prepared.Plan.Fleeting(),
	}
	p.mu.Lock()
	if old := p.sessions[fingerprint]; old != nil {
		e.prepared, e.step = old.prepared, old.step
	}
	e.follow(prepared, step)
	if err := ctx.Err(); err != nil {
		p.mu.Unlock()
		return err // locked, ended, or left by all, meanwhile
	}
	e.phase = p.phaseLocked()
	p.sessions[fingerprint] = e
	p.mu.Unlock()
	p.options.Changed()
	p.save(ctx)
	return nil
}

// save writes every session that the keychain does not have yet. That of a
// locked keychain waits there until it is open again: nobody is asked.
func (p *Pool) save(ctx context.Context) {
	if p.writing.Acquire(ctx, 1) != nil {
		return
	}
	defer p.writing.Release(1)
	for {
		fingerprint, e := p.nextUnsaved()
		if e == nil {
			return
		}
		data, err := json.Marshal(e.pack())
		if err == nil {
			err = p.options.Archive.SaveSession(ctx, fingerprint, data)
		}
		if ctx.Err() != nil || errors.Is(err, vaultcore.ErrLocked) {
			return
		}
		if err != nil {
			p.options.Log.WarnContext(ctx, "a session could not be saved; it lasts until the app ends", "error", err)
		}
		p.mu.Lock()
		e.unsaved, e.fleeting = false, err != nil
		p.mu.Unlock()
	}
}

// nextUnsaved returns one session that is still to be saved, or nil.
func (p *Pool) nextUnsaved() (fingerprint string, e *entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for fingerprint, e := range p.sessions {
		if e.unsaved && e.lives(now()) {
			return fingerprint, e
		}
	}
	return "", nil
}

// Unsaved says whether there is a session that ends with the app.
func (p *Pool) Unsaved() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.sessions {
		if (e.unsaved || e.fleeting) && e.lives(now()) {
			return true
		}
	}
	return false
}

// unsave removes sessions from the keychain, but for those that were made anew
// meanwhile. It removes what it can, and returns the first error.
func (p *Pool) unsave(ctx context.Context, gone []string) error {
	if err := p.writing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer p.writing.Release(1)
	var first error
	for _, fingerprint := range gone {
		p.mu.Lock()
		anew := p.sessions[fingerprint] != nil
		p.mu.Unlock()
		if anew {
			continue
		}
		err := p.options.Archive.RemoveSession(ctx, fingerprint)
		if err == nil {
			p.unwritten(ctx, p.options.Journal.GoneSession(fingerprint))
		} else if first == nil {
			first = err
		}
	}
	return first
}

// unwritten logs that the journal could not be written where nothing depends on
// it: what it says too much costs a question.
func (p *Pool) unwritten(ctx context.Context, err error) {
	if err != nil {
		p.options.Log.WarnContext(ctx, "the journal of ended sessions could not be written", "error", err)
	}
}

// used is when the session that is being replaced was last handed out: now,
// unless it is renewed with nobody waiting.
func (p *Pool) used(ctx context.Context, fingerprint string, now time.Time) time.Time {
	if len(vaultcore.AudienceOf(ctx).Callers()) > 0 {
		return now
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.sessions[fingerprint]; old != nil {
		return old.Used
	}
	return now
}

func (e *entry) pack() saved {
	return saved{
		Version: savedVersion, Kind: e.Kind, Root: e.root, Issued: e.Issued, Expires: e.Expires,
		AccessKeyID:     e.credentials.AccessKeyID,
		SecretAccessKey: e.credentials.SecretAccessKey.Reveal(),
		SessionToken:    e.credentials.SessionToken.Reveal(),
		AccountID:       e.credentials.AccountID,
		Profile:         e.profile,
		Agent:           e.Agent,
		Mark:            e.mark,
	}
}

func (s saved) entry() *entry {
	return &entry{
		Session: Session{Kind: s.Kind, Issued: s.Issued, Expires: s.Expires, Used: s.Issued, Agent: s.Agent},
		root:    s.Root,
		profile: s.Profile,
		mark:    s.Mark,
		credentials: vaultcore.Credentials{
			AccessKeyID:     s.AccessKeyID,
			SecretAccessKey: vaultcore.NewSecret(s.SecretAccessKey),
			SessionToken:    vaultcore.NewSecret(s.SessionToken),
			Expires:         s.Expires,
			AccountID:       s.AccountID,
		},
	}
}

// Load takes up the sessions that an earlier run of the app saved, and saves
// those that a locked keychain did not take. Opening the keychain may ask.
func (p *Pool) Load(ctx context.Context) error {
	if err := p.load(ctx); err != nil {
		return err
	}
	p.save(ctx)
	return nil
}

// load takes up what was saved. It does so once; after that it costs nothing.
func (p *Pool) load(ctx context.Context) error {
	p.mu.Lock()
	loaded := p.loaded
	p.mu.Unlock()
	if loaded {
		return nil
	}
	before := p.options.Journal.Mark()
	items, err := p.options.Archive.Sessions(ctx)
	if errors.Is(err, vaultcore.ErrTampered) {
		p.options.Log.WarnContext(ctx, "a saved session was tampered with and is ignored", "error", err)
	} else if err != nil {
		return err
	}
	if p.tidy(ctx, p.takeUp(items)) {
		p.unwritten(ctx, p.options.Journal.Gone(before))
	}
	p.options.Changed()
	p.timer.Notify()
	return nil
}

// takeUp adds saved sessions to those in memory, and returns which of them are
// of no more use: ended, by the clock or by a person, or not to be read.
func (p *Pool) takeUp(items map[string][]byte) (stale []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.loaded {
		return nil
	}
	p.loaded = true
	now := now()
	for fingerprint, data := range items {
		var s saved
		err := json.Unmarshal(data, &s)
		e := s.entry()
		if err != nil || s.Version != savedVersion || s.Expires.IsZero() || !e.lives(now) ||
			p.options.Journal.Ended(journal.Saved{Session: fingerprint, Root: s.Root, Profile: s.Profile, Mark: s.Mark}) {
			stale = append(stale, fingerprint)
			continue
		}
		if p.sessions[fingerprint] == nil {
			e.phase = p.phaseLocked()
			p.sessions[fingerprint] = e
		}
	}
	return stale
}
