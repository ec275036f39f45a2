package credserver

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	// longEnough is what a session must have left to be believed as it is: with less,
	// botocore takes the end that the metadata service tells for one of an outage and
	// pretends another 12 to 20 minutes of life, past the real end
	// (InstanceMetadataFetcher._evaluate_expiration).
	longEnough = 25 * time.Minute
	// unknownEnd is after which time a session is asked for again whose end nobody
	// knows. SDKs refuse credentials that say none.
	unknownEnd = time.Hour
)

// endOf is the end of a session as SDKs are told it.
func endOf(c vaultcore.Credentials, now time.Time) time.Time {
	if c.Endless() {
		return now.Add(unknownEnd)
	}
	return c.Expires
}

// expiration is the end of a session as a container endpoint tells it.
func expiration(c vaultcore.Credentials, now time.Time) string {
	return endOf(c, now).UTC().Format(time.RFC3339)
}

// shortForm is an end with a fraction of a second. All SDKs read it, and botocore does
// not stretch it.
const shortForm = "2006-01-02T15:04:05.000Z"

// metadataExpiration is the end of a session as the metadata service tells it: one that
// is near so that it is taken for what it is.
func metadataExpiration(c vaultcore.Credentials, now time.Time) string {
	end := endOf(c, now)
	if end.Round(0).Sub(now.Round(0)) < longEnough {
		return end.UTC().Format(shortForm)
	}
	return expiration(c, now)
}
