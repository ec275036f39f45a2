// Package credformat gives credentials to the program that wants them: as text in
// one of the formats that shells and SDKs read, or in the environment of a
// command that the process becomes.
//
// It is pure but for [Become] and [CloseOnExec]: no clock, no network, no config. Credentials
// leave it only towards the program that was named; nothing here logs.
//
// Start with [Formats] and [Environ].
package credformat

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Grant is what a program gets to work as a profile.
type Grant struct {
	Profile     string
	Credentials vaultcore.Credentials
	Region      string // empty when none is known
}

// variable is one environment variable.
type variable struct{ name, value string }

// variables are the ones that AWS's programs read, in the order they are shown.
func (g Grant) variables() []variable {
	c := g.Credentials
	list := []variable{
		{"AWS_ACCESS_KEY_ID", c.AccessKeyID},
		{"AWS_SECRET_ACCESS_KEY", c.SecretAccessKey.Reveal()},
	}
	if !c.LongTerm() {
		list = append(list, variable{"AWS_SESSION_TOKEN", c.SessionToken.Reveal()})
	}
	if end := g.expiration(); end != "" {
		list = append(list, variable{"AWS_CREDENTIAL_EXPIRATION", end})
	}
	if g.Region != "" {
		list = append(list, variable{"AWS_REGION", g.Region}, variable{"AWS_DEFAULT_REGION", g.Region})
	}
	return list
}

// expiration is the end of a session as AWS's tools write it; empty for a
// long-term key, which has none.
func (g Grant) expiration() string {
	if g.Credentials.Expires.IsZero() {
		return ""
	}
	return g.Credentials.Expires.UTC().Format(time.RFC3339)
}
