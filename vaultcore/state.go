package vaultcore

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// State is what a profile's session is doing.
type State string

// The states of a session.
const (
	StateNone    State = "none"    // no session
	StateActive  State = "active"  // a session lives
	StateEnding  State = "ending"  // it ends soon and cannot be renewed without a person
	StateFailed  State = "failed"  // the last try to get one failed
	StateWaiting State = "waiting" // a question to a person is open
)

// Snapshot is all that a screen needs at one moment. It holds no secrets.
type Snapshot struct {
	Profiles []ProfileState    `json:"profiles"`
	SignIns  []SignInState     `json:"sign_ins,omitempty"` // that profiles of the config use, in the order of the file
	Keys     []string          `json:"keys"`               // names under which long-term keys are kept, sorted; nil when the keychain cannot tell
	Asking   []Question        `json:"-"`                  // open questions, oldest first
	KeptKeys []KeptKey         `json:"kept,omitempty"`     // keys of which IAM has told how old they are, by name
	Rotating []Rotation        `json:"rotating,omitempty"` // rotations of keys that are under way
	Grants   []Grant           `json:"grants,omitempty"`   // what programs were allowed for a while, oldest first
	Served   []ServedState     `json:"served,omitempty"`   // profiles that are served until somebody ends that, by name
	Plain    []PlainKey        `json:"plain,omitempty"`    // keys that stand in a file in plain text and can be moved into the keychain
	Locked   bool              `json:"locked"`             // Vaultbar is locked: nobody is served until it is unlocked
	Config   string            `json:"config"`             // the config file, for messages
	Faults   []string          `json:"faults,omitempty"`   // what is wrong with the config file, a line each
	Settings map[string]string `json:"settings,omitempty"` // the value of each setting, as the settings file has it
	Recent   []Activity        `json:"recent,omitempty"`   // recent activity, newest first
}

// Activity is something that was done or refused, in words for a person.
type Activity struct {
	Time    time.Time `json:"time"`
	What    string    `json:"what"` // "credentials", "console", "set: links = yes"
	Profile string    `json:"profile,omitempty"`
	Who     string    `json:"who"`             // "terraform (in ~/infra)", "you"
	Grant   int       `json:"grant,omitempty"` // id of the grant by which it was allowed, while that stands; 0 for none
	Failed  bool      `json:"failed,omitempty"`
}

// ServedState is a profile that is served to programs on this machine.
type ServedState struct {
	Profile    string    `json:"profile"`
	Address    string    `json:"address"` // where they ask
	Since      time.Time `json:"since"`
	Containers bool      `json:"containers,omitempty"` // containers ask for it too
}

// PlainKey is an access key that stands in a file of AWS's tools in plain text.
type PlainKey struct {
	Profile string `json:"profile"`
	File    string `json:"file"` // ~/.aws/credentials
	Line    int    `json:"line"` // of its id
}

// ProfileState is one profile in a [Snapshot].
type ProfileState struct {
	Name        string `json:"name"`
	Account     string `json:"account,omitempty"`      // 12 digits; empty when not known
	AccountName string `json:"account_name,omitempty"` // as Identity Center has it; empty when not known
	Role        string `json:"role,omitempty"`         // role name without path; empty for a profile that is a user's key
	ARN         string `json:"arn,omitempty"`          // of the role, or of the user whose key it is; empty when not known
	Region      string `json:"region,omitempty"`
	Key         bool   `json:"key,omitempty"`          // a long-term key is kept under this very name
	Source      string `json:"source,omitempty"`       // the name of the key that its credentials start from; empty when there is none
	Wants       string `json:"wants,omitempty"`        // the name of the key that it needs and that is not kept; empty when nothing is missing
	SignInName  string `json:"sign_in_name,omitempty"` // the [SignInState] that its session comes from; empty for others
	MFA         string `json:"mfa,omitempty"`          // the serial of the device that is asked for, if one is
	Alias       string `json:"alias,omitempty"`        // the profile that it stands for; empty when it stands for itself

	Endpoints []string `json:"endpoints,omitempty"` // what is asked for it in place of AWS's own; empty for most

	State    State     `json:"state"`
	Expires  time.Time `json:"expires,omitzero"` // end of the session; zero without one
	Renews   bool      `json:"renews,omitempty"` // it renews by itself
	Keep     bool      `json:"keep,omitempty"`   // it is renewed ahead of time even when nobody uses it
	LastUsed time.Time `json:"last_used,omitzero"`
	Pinned   bool      `json:"pinned,omitempty"`
	// Protected says that a program gets its credentials only once the person has
	// allowed it.
	Protected bool `json:"protected,omitempty"`
	Typed     bool `json:"typed,omitempty"` // they type the profile's name to allow it
	// ProtectedBy is the profile that leads to the same and whose settings protect this one
	// more than its own do; empty for none.
	ProtectedBy string         `json:"protected_by,omitempty"`
	Propose     bool           `json:"propose,omitempty"`  // its name looks like production, and nobody has said yet whether it is to be protected
	Color       string         `json:"color,omitempty"`    // of its own browser window, as the setting has it; empty for none
	Sessions    []SessionState `json:"sessions,omitempty"` // what lives for this very profile
	Agents      []AgentSession `json:"agents,omitempty"`   // what lives of it for AI agents alone, by their names
	Console     string         `json:"console,omitempty"`  // why its console does not open, as a menu line; empty when nothing is known against it
	Err         string         `json:"error,omitempty"`    // why it cannot be used, or why the last try failed
}

// AccountLabel is the account with its name, where that is known, as one harmless line.
func (p ProfileState) AccountLabel() string { return AccountLabel(p.Account, p.AccountName) }

// Mark is the sign before the profile's name, in menus and lists.
func (p ProfileState) Mark() string {
	switch p.State {
	case StateActive:
		return "●"
	case StateEnding:
		return "◐"
	case StateWaiting:
		return "◌"
	case StateFailed:
		return "✕"
	}
	switch {
	case p.Wants != "":
		return "▢"
	case p.Err != "":
		return "✕"
	default:
		return "○"
	}
}

// Trouble is what [ProfileState.Mark] says of a profile that has no session and should
// not be taken for one that is ready, in words; empty for all others.
func (p ProfileState) Trouble() string {
	switch p.State {
	case StateActive, StateEnding:
		return ""
	case StateWaiting:
		return "waits for an answer"
	case StateFailed:
		return "failed"
	}
	switch {
	case p.Wants != "":
		return "needs a key"
	case p.Err != "":
		return "cannot be used"
	default:
		return ""
	}
}

// Profile is what is known of the profile of this name; the zero value where there is none.
func (s Snapshot) Profile(name string) ProfileState {
	at := slices.IndexFunc(s.Profiles, func(p ProfileState) bool { return p.Name == name })
	if at < 0 {
		return ProfileState{}
	}
	return s.Profiles[at]
}

// Protects says whether the person is asked before a program gets a profile.
func (s Snapshot) Protects(profile string) bool {
	return s.Profile(profile).Protected
}

// KeyOf is the name of the key that a profile's credentials start from: its own name where
// no such profile is known.
func (s Snapshot) KeyOf(profile string) string {
	return cmp.Or(s.Profile(profile).Source, profile)
}

// KeptKey is what is known of the key of this name, if anything is.
func (s Snapshot) KeptKey(name string) (k KeptKey, ok bool) {
	at := slices.IndexFunc(s.KeptKeys, func(k KeptKey) bool { return k.Name == name })
	if at < 0 {
		return KeptKey{}, false
	}
	return s.KeptKeys[at], true
}

// KeyAgeWarn is after how many days a person wants to be reminded of a key; 0 for never.
func (s Snapshot) KeyAgeWarn() int {
	days, _ := strconv.Atoi(s.Settings["key_age_warn"])
	return days
}

// Rotation is the rotation that is under way of the key of this name, if there is one.
func (s Snapshot) Rotation(key string) (r Rotation, open bool) {
	at := slices.IndexFunc(s.Rotating, func(r Rotation) bool { return slices.Contains(r.Names, key) })
	if at < 0 {
		return Rotation{}, false
	}
	return s.Rotating[at], true
}

// RemovalQuestion asks whether a key may leave the keychain, and says of how many
// profiles the sessions end with it.
func (s Snapshot) RemovalQuestion(key string) string {
	question := "Remove the access key of " + Printable(key) + " from the keychain?"
	if r, open := s.Rotation(key); open {
		question += " Its rotation is not finished: IAM has the key " + r.Old + " too."
	}
	ending := 0
	for _, p := range s.Profiles {
		if len(p.Sessions) > 0 && (p.Source == key || p.Key && p.Name == key) {
			ending++
		}
	}
	if ending > 0 {
		question += " The sessions of " + Counted(ending, "profile") + " end with it."
	}
	return question
}

// AgentSession is a living session that is an AI agent's own.
type AgentSession struct {
	Agent   string    `json:"agent"`
	Expires time.Time `json:"expires"`
}

// SessionState is one living session.
type SessionState struct {
	Call    string    `json:"call"` // the STS call it came from: "sts.GetSessionToken", "sts.AssumeRole"
	Expires time.Time `json:"expires"`
}

// Explanation is a plan in words: which steps lead to a profile's credentials.
type Explanation struct {
	Profile string          `json:"profile"`
	Title   string          `json:"title"` // "role admin in account 222222222222, region ap-northeast-1"
	Steps   []ExplainedStep `json:"steps"`
	Asks    string          `json:"asks,omitempty"`   // what the next use would ask for: "asks for nothing until 17:50"
	Agents  string          `json:"agents,omitempty"` // what AI agents get, as a sentence without its end
}

// ExplainedStep is one numbered line of an [Explanation] and its reasons.
type ExplainedStep struct {
	Title   string   `json:"title"`             // "session with MFA"
	Detail  string   `json:"detail,omitempty"`  // "arn:aws:iam::111111111111:mfa/ann, 8 h; cached, ends in 3 h 40 min"
	Reasons []string `json:"reasons,omitempty"` // why it is so, a sentence each
}
