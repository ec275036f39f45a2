// Package aws is what AWS's documentation says, each fact once: partitions and
// their hosts, names of regions, ARNs, how long sessions may live, and which
// addresses requests may be sent to.
//
// It is pure, imports nothing but the standard library and no SDK, so that the
// command line can use it too. A name from a config file becomes part of a host's
// name or of a URL: what is read here has passed a strict check and leaves no room
// for anything else.
//
// Start with [Partition] and [ParseARN].
package aws

import (
	"strings"
	"time"
)

// How long AWS lets sessions live.
const (
	MinSession  = 15 * time.Minute // of every kind
	MaxSession  = 36 * time.Hour   // sts:GetSessionToken and sts:GetFederationToken of an IAM user
	MaxRootUser = time.Hour        // the same of an account's root user
	MaxRole     = 12 * time.Hour   // sts:AssumeRole with a long-term key
	MaxChained  = time.Hour        // sts:AssumeRole with the credentials of a session
	MaxConsole  = 12 * time.Hour   // a console's SessionDuration
)

const (
	lowerCase = "abcdefghijklmnopqrstuvwxyz"
	digits    = "0123456789"
	nameChars = lowerCase + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + digits + "_+=,.@-"
)

// made says whether a text consists of so many of some characters.
func made(text, of string, least, most int) bool {
	if len(text) < least || len(text) > most {
		return false
	}
	for i := range len(text) { // strings.Trim would first make a set of the characters
		if strings.IndexByte(of, text[i]) < 0 {
			return false
		}
	}
	return true
}

// SessionName makes a text fit for the name of a session: a run of what AWS does not
// take becomes a dash. It may be empty, and longer than AWS takes.
func SessionName(text string) string {
	var b strings.Builder
	replaced := false
	for _, r := range text {
		fits := strings.ContainsRune(nameChars, r)
		switch {
		case fits:
			b.WriteRune(r)
		case !replaced:
			b.WriteByte('-')
		}
		replaced = !fits
	}
	return b.String()
}
