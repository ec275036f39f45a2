package agent

import (
	"encoding/json"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// RotateRequest replaces a long-term key by a new one.
type RotateRequest struct {
	Profile string        `json:"profile,omitempty"` // whose credentials start from the key
	Replace string        `json:"replace,omitempty"` // the user's other key, which is deleted to make room: its id, or the end of it
	Grace   time.Duration `json:"-"`                 // from when the old key is inactive until it is deleted
	Regrace bool          `json:"regrace,omitempty"` // Grace holds for a rotation that is under way too
	// NoSession signs every call with the key itself, also where a policy denies that
	// without MFA.
	NoSession bool             `json:"no_session,omitempty"`
	Agreed    string           `json:"agreed,omitempty"` // the Plan that was shown and is to be carried out; empty only shows one
	Caller    vaultcore.Caller `json:"-"`
}

// RotateResult is what is to be done with a key, and what has come of it.
type RotateResult struct {
	Names    []string              `json:"names"`              // under which the keychain has the key
	Profiles []string              `json:"profiles,omitempty"` // whose credentials start from it
	Identity vaultcore.Identity    `json:"identity"`
	Key      string                `json:"key"` // the id of the key in use, masked
	Keys     []vaultcore.AccessKey `json:"keys"`
	Steps    []string              `json:"steps"`              // what is to be done, a line each
	Notes    []string              `json:"notes,omitempty"`    // what the person should know, a sentence each
	Plan     string                `json:"plan,omitempty"`     // names all of this; empty when there is nothing to agree to
	Applied  bool                  `json:"applied,omitempty"`  // it was carried out
	Rotation *vaultcore.Rotation   `json:"rotation,omitempty"` // the one that is under way; nil for none
}

type (
	rotateFields RotateRequest
	rotateForm   struct {
		Profile string `json:"profile,omitempty"`
		Grace   span   `json:"grace"`
		rotateFields
	}
)

func (r *RotateRequest) form() any {
	return rotateForm{r.Profile, span(r.Grace), rotateFields(*r)}
}

// UnmarshalJSON reads the form on the wire.
func (r *RotateRequest) UnmarshalJSON(text []byte) error {
	var f rotateForm
	err := json.Unmarshal(text, &f)
	*r = RotateRequest(f.rotateFields)
	r.Profile, r.Grace = f.Profile, time.Duration(f.Grace)
	return err
}
