package rotate

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Journal is what is written down of a rotation: ids, no secrets. The zero Journal is
// that of no rotation.
type Journal struct {
	Stage vaultcore.RotationStage `json:"stage"`
	Names []string                `json:"names"`           // under which the keychain has the key
	User  string                  `json:"user"`            // the ARN of the user whose key it is
	Where string                  `json:"where,omitempty"` // the endpoint that was asked in place of AWS's IAM
	Old   string                  `json:"old"`             // the id of the key that is replaced
	New   string                  `json:"new,omitempty"`   // the id of the one that replaces it, once it is known
	Begun time.Time               `json:"begun"`           // just before AWS was asked for a new key
	Grace time.Duration           `json:"grace"`           // from when the old key is inactive until it is deleted
	Due   time.Time               `json:"due,omitzero"`    // when that is
}

// journalVersion is of the text that [Journal.Text] writes.
const journalVersion = 1

type written struct {
	Version int `json:"v"`
	Journal
}

// Text is the journal as it is kept.
func (j Journal) Text() ([]byte, error) {
	return json.Marshal(written{journalVersion, j})
}

// ReadJournal reads what [Journal.Text] wrote.
func ReadJournal(text []byte) (Journal, error) {
	var w written
	err := json.Unmarshal(text, &w)
	if err == nil && w.Version != journalVersion {
		err = fmt.Errorf("it is of version %d", w.Version)
	}
	if err == nil && (w.Stage == "" || w.Old == "" || len(w.Names) == 0) {
		err = fmt.Errorf("it is incomplete")
	}
	if err != nil {
		return Journal{}, vaultcore.Faultf(vaultcore.ErrTampered, "the saved state of a rotation cannot be read: %v", err)
	}
	return w.Journal, nil
}

// Open says whether a rotation is under way.
func (j Journal) Open() bool { return j.Stage != "" }

// Of says whether it is that of the key of this name.
func (j Journal) Of(name string) bool { return slices.Contains(j.Names, name) }

// Shown is the rotation as a screen shows it.
func (j Journal) Shown() vaultcore.Rotation {
	shown := vaultcore.Rotation{
		Names: slices.Clone(j.Names), Stage: j.Stage, Old: vaultcore.MaskKeyID(j.Old),
		Begun: j.Begun, Due: j.Due,
	}
	if j.New != "" {
		shown.New = vaultcore.MaskKeyID(j.New)
	}
	return shown
}
