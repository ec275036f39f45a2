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
	"strconv"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Exited is how a command ended that ran as a child.
type Exited struct{ Code int }

// Error says that it has ended; nobody is shown it.
func (e *Exited) Error() string { return "the command has ended" }

// Grant is what a program gets to work as a profile.
type Grant struct {
	Profile     string
	Credentials vaultcore.Credentials
	Region      string // empty when none is known
	Protected   bool   // the profile is
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
	return append(list, inRegion(g.Region)...)
}

func inRegion(region string) []variable {
	if region == "" {
		return nil
	}
	return []variable{{"AWS_REGION", region}, {"AWS_DEFAULT_REGION", region}}
}

// Served is where a program asks for the credentials of a profile.
type Served struct {
	Profile string
	Address string
	// Metadata says that it is a metadata service's, which gives its own tokens.
	Metadata  bool
	Token     vaultcore.Secret // of a container's endpoint
	Region    string           // empty when none is known
	Protected bool             // the profile is
	Relay     Relay            // zero but for containers
}

// Relay is what a relay for containers connects to.
type Relay struct {
	Folder string // of the socket to mount; empty where there is none
	Port   int    // of the machine's loopback
}

// variables are the ones that AWS's SDKs read. One that gets no token must not try
// version 1 of the metadata service, which is not there; botocore puts its paths right
// behind the address.
func (s Served) variables() []variable {
	list := []variable{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", s.Address}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", s.Token.Reveal()}}
	if s.Metadata {
		list = []variable{{"AWS_EC2_METADATA_SERVICE_ENDPOINT", s.Address + "/"}, {"AWS_EC2_METADATA_V1_DISABLED", "true"}}
	}
	if s.Relay.Port != 0 {
		list = append(list, variable{"VAULTBAR_RELAY_FOLDER", s.Relay.Folder}, variable{"VAULTBAR_RELAY_PORT", strconv.Itoa(s.Relay.Port)})
	}
	return append(list, inRegion(s.Region)...)
}

// expiration is the end of a session as AWS's tools write it; empty for a
// long-term key, which has none.
func (g Grant) expiration() string {
	if g.Credentials.Expires.IsZero() {
		return ""
	}
	return g.Credentials.Expires.UTC().Format(time.RFC3339)
}
