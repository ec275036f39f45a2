package rotator

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
)

// shown is what is to be done, for a person.
func (w *work) shown(steps []rotate.Step) agent.RotateResult {
	s := w.seen
	shown := agent.RotateResult{
		Names: s.Names, Profiles: w.profiles, Key: vaultcore.MaskKeyID(s.Held), Keys: masked(s.Keys), Steps: []string{},
		Identity: s.Owner, Notes: w.notes(),
	}
	for _, step := range steps {
		if line := step.Line(s.Now); line != "" {
			shown.Steps = append(shown.Steps, line)
		}
	}
	if s.Journal.Open() {
		now := s.Journal.Shown()
		shown.Rotation = &now
	}
	if steps[0].Do == rotate.Wait && !w.options.Regrace {
		return shown // there is nothing to agree to
	}
	shown.Plan = planID(s, steps)
	return shown
}

// planID names what is to be done: the same steps for the same key have the same name.
func planID(s rotate.Situation, steps []rotate.Step) string {
	sum := sha256.New()
	for _, step := range steps {
		_, _ = fmt.Fprintf(sum, "%q %q ", step.Do, step.Key)
	}
	_, _ = fmt.Fprintf(sum, "%q %s", s.Names, s.Grace)
	return hex.EncodeToString(sum.Sum(nil))
}

// masked are keys without most of their ids, for a screen.
func masked(keys []vaultcore.AccessKey) []vaultcore.AccessKey {
	shown := slices.Clone(keys)
	for i := range shown {
		shown[i].ID = vaultcore.MaskKeyID(shown[i].ID)
	}
	return shown
}

// notes say where IAM is asked, where that is not AWS itself, and warn of copies of the key
// in the files of AWS's tools, which the rotation does not reach.
func (w *work) notes() (notes []string) {
	at := w.known.AtIAM
	if where := (plan.Step{Kind: plan.Session, Endpoint: at.Endpoint, Variant: at.Variant, Via: at.Via}).Notice(); where != "" {
		notes = append(notes, where)
	}
	found, err := awsconfig.PlainKeys(w.known.Files)
	if err != nil {
		return notes
	}
	for _, key := range found {
		if key.Key.AccessKeyID == w.seen.Held {
			notes = append(notes, fmt.Sprintf("The key is also in plain text in %s, line %d: whatever uses it from there stops working once it is inactive.", key.File, key.Line))
		}
	}
	return notes
}
