package rotate

import (
	"fmt"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Plan is what will be done, if nothing comes in between: the steps that [Next] leads
// to, one after the other, the last of them being one that ends the run.
func Plan(s Situation) []Step {
	var steps []Step
	for {
		next := Next(s)
		steps = append(steps, next)
		if next.Ends() {
			return steps
		}
		s = s.after(next, newKey)
	}
}

// newKey stands in a plan for the id of a key that AWS has not created yet.
const newKey = "new"

// after is the situation when a step has been carried out. Made is the id of the key that
// a Create has brought.
func (s Situation) after(step Step, made string) Situation {
	s.Keys = slices.Clone(s.Keys)
	j := &s.Journal
	switch step.Do {
	case Discard:
		s.without(step.Key)
		if step.Key == s.Replace {
			s.Replace = ""
		}
	case Create:
		*j = s.begun()
		j.Stage, j.New = vaultcore.RotationCreated, made
		s.Aside, s.Keys = made, append(s.Keys, vaultcore.AccessKey{ID: made, Created: s.Now})
	case Adopt:
		j.Stage, j.New = vaultcore.RotationCreated, step.Key
	case Switch:
		j.Stage = vaultcore.RotationSwitched
		s.Held, s.Aside, s.Dead = j.New, "", false
	case Retire:
		j.Stage, j.Due = vaultcore.RotationInactive, s.Now.Add(j.Grace)
		if at := slices.IndexFunc(s.Keys, func(k vaultcore.AccessKey) bool { return k.ID == step.Key }); at >= 0 {
			s.Keys[at].Inactive = true
		}
	case Restore:
		s.Held, s.Dead, s.Journal = j.Old, false, Journal{}
	case Delete:
		s.without(step.Key)
		s.Journal = Journal{}
	case Forget, Finish:
		s.Aside, s.Journal = "", Journal{}
	}
	return s
}

// begun is the journal of a rotation that begins now. Where AWS was asked for a key before,
// the answer to that may yet show in IAM's list.
func (s Situation) begun() Journal {
	j := Journal{Stage: vaultcore.RotationCreating, Names: s.Names, User: s.Owner.ARN, Where: s.Where, Old: s.Held, Begun: s.Now.UTC().Round(0), Grace: s.Grace}
	if s.Journal.Open() {
		j.Begun = s.Journal.Begun
	}
	return j
}

// without takes a key out of IAM's list, which is the situation's own.
func (s *Situation) without(id string) {
	s.Keys = slices.DeleteFunc(s.Keys, func(k vaultcore.AccessKey) bool { return k.ID == id })
}

// Line words a step for a person who is to agree to it. It is empty for what no person
// need know.
func (s Step) Line(now time.Time) string {
	key := "the new key"
	if s.Key != newKey && s.Key != "" {
		key = vaultcore.MaskKeyID(s.Key)
	}
	switch s.Do {
	case Discard:
		if s.Lost {
			return "delete " + key + ", which AWS created although its reply was lost: nobody has its secret"
		}
		return "delete " + key
	case Create:
		return "create a new key, and store it next to the one in use"
	case Switch:
		return "try " + key + " until AWS knows it everywhere, then use it in place of the old one"
	case Retire:
		return "make " + key + " inactive"
	case Delete:
		return "delete " + key
	case Restore:
		return "put " + key + " back: AWS no longer knows the new key"
	case Forget:
		return "forget the unfinished rotation: its new key is gone, or the old key has been replaced by another one"
	case Finish:
		return "end the rotation: IAM no longer has " + key
	case Wait:
		return fmt.Sprintf("delete %s in %s, unless somebody has reactivated it", key, vaultcore.Age(now, s.At))
	default:
		return ""
	}
}
