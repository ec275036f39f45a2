package vaultcore

import "time"

// Credentials are what an AWS program signs its requests with.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey Secret
	SessionToken    Secret    // zero for a long-term key
	Expires         time.Time // zero for a long-term key, and for what does not say
	AccountID       string    // empty when not known
}

// LongTerm says whether these are a user's access key rather than a session.
func (c Credentials) LongTerm() bool { return c.SessionToken.IsZero() }

// Endless says whether the credentials have no end that is known: there is nothing to
// keep of them and to renew.
func (c Credentials) Endless() bool { return c.Expires.IsZero() }

// Left is the time until the credentials end, measured by wall clock (a
// suspended machine's monotonic clock stands still, AWS's does not). It is
// negative after the end; what is endless must not be asked.
func (c Credentials) Left(now time.Time) time.Duration {
	return c.Expires.Round(0).Sub(now.Round(0))
}

// Identity is whose key it is, as sts:GetCallerIdentity says it.
type Identity struct {
	Account string `json:"account"`
	ARN     string `json:"arn"`
	User    string `json:"user,omitempty"` // the IAM user's name; "root" for the account's root; empty for a role
	// MFADevices are the serials of the user's devices that STS can check
	// (TOTP). FIDO and passkey devices are left out: sts takes a six-digit
	// TokenCode only.
	MFADevices []string `json:"mfa_devices,omitempty"`
	// OnlyFIDO says that the user has MFA devices, and none that STS can check.
	OnlyFIDO bool `json:"only_fido,omitempty"`
}
