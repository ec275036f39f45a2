package vaultcore

import (
	"fmt"
	"time"
)

// AccessKey is a long-term key of an IAM user as IAM lists it: without its secret.
type AccessKey struct {
	ID       string    `json:"id"` // masked where it is for a screen
	Inactive bool      `json:"inactive,omitempty"`
	Created  time.Time `json:"created,omitzero"`
	Used     time.Time `json:"used,omitzero"`      // the last time, hours late; zero for never, and where IAM did not tell
	UsedFor  string    `json:"used_for,omitempty"` // "s3 in eu-west-1"
}

// Day is the length of a day in the ages of keys.
const Day = 24 * time.Hour

// Age words how long ago something was, in whole units: "95 days", "3 h", "under 1 min".
func Age(then, now time.Time) string {
	ago := max(now.Round(0).Sub(then.Round(0)), 0)
	switch days := int(ago / Day); {
	case days == 1:
		return "1 day"
	case days > 1:
		return fmt.Sprintf("%d days", days)
	case ago >= time.Hour:
		return fmt.Sprintf("%d h", int(ago/time.Hour))
	case ago >= time.Minute:
		return fmt.Sprintf("%d min", int(ago/time.Minute))
	default:
		return "under 1 min"
	}
}

// LastUse words when a key was used last: "used 3 days ago by s3 in eu-west-1". That
// nobody knows is empty.
func (k AccessKey) LastUse(now time.Time) string {
	if k.Used.IsZero() {
		return ""
	}
	text := "used " + Age(k.Used, now) + " ago"
	if k.UsedFor != "" {
		text += " by " + Printable(k.UsedFor)
	}
	return text
}

// KeptKey is what is known of a key that the keychain has under a name.
type KeptKey struct {
	Name string `json:"name"`
	AccessKey
}

// Old says whether a key is at least so many days old; 0 is for never.
func (k KeptKey) Old(days int, now time.Time) bool {
	return days > 0 && !k.Created.IsZero() && now.Round(0).Sub(k.Created.Round(0)) >= time.Duration(days)*Day
}

// AgeLine says how old a key is and when it was used last: "95 days, used 3 h ago by s3 in
// eu-west-1".
func (k KeptKey) AgeLine(now time.Time) string {
	text := Age(k.Created, now)
	if use := k.LastUse(now); use != "" {
		text += ", " + use
	}
	return text
}

// RotationStage is how far the replacement of a key by a new one has come.
type RotationStage string

// The stages of a rotation, each of which is written down before the next begins.
const (
	RotationCreating RotationStage = "creating" // a new key was asked for; whether AWS made it is not known yet
	RotationCreated  RotationStage = "created"  // the new key is kept beside the one in use
	RotationSwitched RotationStage = "switched" // the new key is in use; the old one is active still
	RotationInactive RotationStage = "inactive" // the old key is inactive and waits for its deletion
)

// Rotation is a rotation under way as a screen shows it: without secrets.
type Rotation struct {
	Names []string      `json:"names"` // under which the keychain has the key
	Stage RotationStage `json:"stage"`
	Old   string        `json:"old"` // masked
	New   string        `json:"new,omitempty"`
	Begun time.Time     `json:"begun"`
	Due   time.Time     `json:"due,omitzero"`    // when the old key is deleted
	Stuck string        `json:"stuck,omitempty"` // why it does not go on by itself; empty when it does
}

// Waits says whether nothing is left of it but to delete the old key in time.
func (r Rotation) Waits() bool { return r.Stage == RotationInactive && r.Stuck == "" }

// State says how it stands, as a sentence without its subject: "the old key AKIA…WXYZ
// is inactive and will be deleted in 23 h".
func (r Rotation) State(now time.Time) string {
	text := ""
	switch r.Stage {
	case RotationCreating:
		text = "AWS was asked for a new key, and may have created one whose secret was lost"
	case RotationCreated:
		text = "the new key " + r.New + " is set aside; " + r.Old + " is still in use"
	case RotationSwitched:
		text = "the new key " + r.New + " is in use; " + r.Old + " is still active"
	default:
		text = "the new key " + r.New + " is in use; " + r.Old + " is inactive"
		if left := r.Due.Round(0).Sub(now.Round(0)); r.Stuck == "" && left > 0 {
			text += " and will be deleted in " + Age(now, now.Add(left))
		} else if r.Stuck == "" {
			text += " and will be deleted now"
		}
	}
	if r.Stuck != "" {
		text += "; " + r.Stuck
	}
	return text
}
