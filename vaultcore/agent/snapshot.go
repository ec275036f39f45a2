package agent

import (
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

type snapshotReply struct {
	// Profiles are pointers: a thousand read into one slice of them would be
	// copied each time that it grows.
	Profiles []*profileReply `json:"profiles"`
	Keys     []string        `json:"keys"` // null when the keychain cannot tell
	Asking   []*wireQuestion `json:"asking,omitempty"`
	Locked   bool            `json:"locked"`
	Config   string          `json:"config"`
	Faults   []string        `json:"faults,omitempty"`

	Settings map[string]string `json:"settings,omitempty"`
}

type profileReply struct {
	Name    string `json:"name"`
	Account string `json:"account,omitempty"`
	Role    string `json:"role,omitempty"`
	Region  string `json:"region,omitempty"`
	Key     bool   `json:"key,omitempty"`
	Source  string `json:"source,omitempty"`
	Wants   string `json:"wants,omitempty"`
	SignIn  string `json:"sign_in,omitempty"`
	MFA     string `json:"mfa,omitempty"`
	Alias   string `json:"alias,omitempty"`

	State    vaultcore.State `json:"state"`
	Expires  time.Time       `json:"expires,omitzero"`
	Renews   bool            `json:"renews,omitempty"`
	Keep     bool            `json:"keep,omitempty"`
	LastUsed time.Time       `json:"last_used,omitzero"`
	Pinned   bool            `json:"pinned,omitempty"`
	Sessions []sessionReply  `json:"sessions,omitempty"`
	Console  string          `json:"console,omitempty"`
	Err      string          `json:"error,omitempty"`
}

type sessionReply struct {
	Call    string    `json:"call"`
	Expires time.Time `json:"expires"`
}

func snapshotToWire(s vaultcore.Snapshot) snapshotReply {
	r := snapshotReply{
		Profiles: make([]*profileReply, 0, len(s.Profiles)),
		Keys:     s.Keys, Locked: s.Locked, Config: s.Config, Faults: s.Faults, Settings: s.Settings,
	}
	for _, p := range s.Profiles {
		r.Profiles = append(r.Profiles, profileToWire(p))
	}
	for _, q := range s.Asking {
		r.Asking = append(r.Asking, questionToWire(0, q))
	}
	return r
}

func profileToWire(p vaultcore.ProfileState) *profileReply {
	r := &profileReply{
		Name: p.Name, Account: p.Account, Role: p.Role, Region: p.Region, Key: p.Key, Source: p.Source, Wants: p.Wants, SignIn: p.SignIn, MFA: p.MFA, Alias: p.Alias,
		State: p.State, Expires: p.Expires, Renews: p.Renews, Keep: p.Keep, LastUsed: p.LastUsed, Pinned: p.Pinned, Console: p.Console, Err: p.Err,
	}
	for _, s := range p.Sessions {
		r.Sessions = append(r.Sessions, sessionReply(s))
	}
	return r
}

func (r snapshotReply) snapshot() vaultcore.Snapshot {
	s := vaultcore.Snapshot{Keys: r.Keys, Locked: r.Locked, Config: r.Config, Faults: r.Faults, Settings: r.Settings}
	s.Profiles = slices.Grow(s.Profiles, len(r.Profiles))
	for _, p := range r.Profiles {
		if p != nil {
			s.Profiles = append(s.Profiles, p.state())
		}
	}
	for _, q := range r.Asking {
		s.Asking = append(s.Asking, q.question())
	}
	return s
}

func (r *profileReply) state() vaultcore.ProfileState {
	p := vaultcore.ProfileState{
		Name: r.Name, Account: r.Account, Role: r.Role, Region: r.Region, Key: r.Key, Source: r.Source, Wants: r.Wants, SignIn: r.SignIn, MFA: r.MFA, Alias: r.Alias,
		State: r.State, Expires: r.Expires, Renews: r.Renews, Keep: r.Keep, LastUsed: r.LastUsed, Pinned: r.Pinned, Console: r.Console, Err: r.Err,
	}
	for _, s := range r.Sessions {
		p.Sessions = append(p.Sessions, vaultcore.SessionState(s))
	}
	return p
}

// halves divides a snapshot of more profiles than fit into a frame.
func (r snapshotReply) halves() (first, rest any, ok bool) {
	half := len(r.Profiles) / 2
	if half == 0 {
		return nil, nil, false
	}
	last := r
	last.Profiles = r.Profiles[half:]
	return snapshotReply{Profiles: r.Profiles[:half]}, last, true
}

// join puts a part before the reply that it is a part of.
func (r *snapshotReply) join(part *snapshotReply) {
	r.Profiles = append(part.Profiles, r.Profiles...)
}
