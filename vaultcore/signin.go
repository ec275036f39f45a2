package vaultcore

import (
	"strings"
	"time"
)

// SignInState is one sign-in in a [Snapshot]: what a person signs in to once, for all
// profiles that use it.
type SignInState struct {
	Name     string     `json:"name"` // what operations and a person call it: that of the [sso-session], else the start URL; of aws login, the profile's
	Kind     SourceKind `json:"kind"` // SSOSource or LoginSource
	StartURL string     `json:"start_url,omitempty"`
	Profiles int        `json:"profiles"`           // how many profiles use it
	Needed   int        `json:"needed,omitempty"`   // how many of them wait for it: programs asked, and nobody has signed in
	SignedIn time.Time  `json:"signed_in,omitzero"` // when the person did; zero when nobody is signed in
	Expires  time.Time  `json:"expires,omitzero"`   // end of the access token; zero without one
	Renews   bool       `json:"renews,omitempty"`   // it is refreshed without a person
	Tool     string     `json:"tool,omitempty"`     // another program that has made it, as "aws sso login"; empty for Vaultbar's own
	Ends     time.Time  `json:"ends,omitzero"`      // when AWS is expected to ask for a new sign-in; zero when that is not known
}

// Lives says whether AWS is expected to take the sign-in still, without a person.
func (s SignInState) Lives(now time.Time) bool {
	return s.Renews || s.Expires.Round(0).After(now.Round(0))
}

// Since says when the person signed in: "6 h ago", "6 h ago with aws sso login";
// empty when nobody is signed in.
func (s SignInState) Since(now time.Time) string {
	switch ago := now.Round(0).Sub(s.SignedIn.Round(0)); {
	case !s.Lives(now) || s.SignedIn.IsZero():
		return ""
	case ago < time.Minute:
		return "just now" + s.with()
	default:
		return TimeLeft(ago) + " ago" + s.with()
	}
}

// with says what made the sign-in, when it was not Vaultbar.
func (s SignInState) with() string {
	if s.Tool == "" {
		return ""
	}
	return " with " + s.Tool
}

// Token says how the access token stands, which is not the sign-in: "ends in 42 min,
// renews by itself"; empty when nobody is signed in.
func (s SignInState) Token(now time.Time) string {
	left := s.Expires.Round(0).Sub(now.Round(0))
	switch {
	case !s.Lives(now):
		return ""
	case left <= 0:
		return "renews when it is used"
	case s.Renews:
		return "ends in " + TimeLeft(left) + ", renews by itself"
	default:
		return "ends in " + TimeLeft(left)
	}
}

// End says when AWS is expected to ask for a new sign-in: "in about 2 h"; empty when
// that is not known.
func (s SignInState) End(now time.Time) string {
	switch left := s.Ends.Round(0).Sub(now.Round(0)); {
	case !s.Lives(now) || s.Ends.IsZero():
		return ""
	case left <= 0:
		return "any time now"
	default:
		return "in about " + TimeLeft(left)
	}
}

// Words say how the sign-in stands: "signed in 6 h ago, ends in about 2 h; token ends
// in 42 min, renews by itself".
func (s SignInState) Words(now time.Time) string {
	if !s.Lives(now) {
		return "not signed in"
	}
	text := strings.TrimRight("signed in "+s.Since(now), " ")
	if end := s.End(now); end != "" {
		text += ", ends " + end
	}
	return text + "; token " + s.Token(now)
}

// SignInWay is how a person wants to sign in.
type SignInWay struct {
	DeviceCode bool // by comparing a code rather than by a browser that comes back to this machine
	NoBrowser  bool // the address is shown rather than opened
	Force      bool // what lives is ended at AWS first: a sign-in that joins it would end with it
}
