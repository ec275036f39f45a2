package vaultcore

import "time"

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
	Ends     time.Time  `json:"ends,omitzero"`      // when AWS is expected to ask for a new sign-in; zero when that is not known
}

// SignInWay is how a person wants to sign in.
type SignInWay struct {
	DeviceCode bool // by comparing a code rather than by a browser that comes back to this machine
	NoBrowser  bool // the address is shown rather than opened
	Force      bool // what lives is ended at AWS first: a sign-in that joins it would end with it
}
