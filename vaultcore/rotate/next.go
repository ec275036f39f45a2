package rotate

import (
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Situation is all that the next step depends on.
type Situation struct {
	Name    string             // what the person calls the key
	Names   []string           // under which the keychain has it
	Owner   vaultcore.Identity // the user whose key it is
	Where   string             // the endpoint that is asked in place of AWS's IAM; empty for that
	Journal Journal            // of a rotation under way; zero for none
	// Held is the id of the key in use. While a switch is under way, and one of several
	// names has the new key already, it is that of the old one still.
	Held string
	// Dead says that AWS does not know the key in use any more, while the other one of
	// the rotation works.
	Dead bool
	// Aside is the id of the new key that is kept aside; empty for none.
	Aside   string
	Keys    []vaultcore.AccessKey // of the user, as IAM lists them
	Replace string                // the id of the key that the person agrees to lose; empty for none
	Grace   time.Duration         // from when the old key is inactive until it is deleted
	Now     time.Time
}

// Do is what a step does.
type Do string

// What a step does. The last four end a run.
const (
	Discard Do = "discard" // delete a second key, so that there is room for a new one
	Create  Do = "create"  // have AWS create a key, and keep it aside
	Adopt   Do = "adopt"   // write down that the key that is kept aside is the new one
	Switch  Do = "switch"  // once the new key works, put it in the place of the old one
	Retire  Do = "retire"  // make the old key inactive
	Forget  Do = "forget"  // strike out a rotation that the person has ended by other means
	Delete  Do = "delete"  // delete the old key, which ends the rotation
	Finish  Do = "finish"  // strike out a rotation whose old key is gone already
	Restore Do = "restore" // put the old key back, because the new one is gone
	Wait    Do = "wait"    // nothing, until it is time to delete the old key
	Refuse  Do = "refuse"  // nothing: see Why
)

// Step is one thing to do.
type Step struct {
	Do   Do
	Key  string    // the id of the key that it is about; empty for one that AWS is to create
	Lost bool      // of Discard: nobody has its secret
	At   time.Time // of Wait, and of Delete: when; zero for now
	Why  error     // of Refuse
}

// Ends says whether a run is over after the step.
func (s Step) Ends() bool {
	return slices.Contains([]Do{Delete, Finish, Restore, Wait, Refuse}, s.Do)
}

// listLag is how long IAM may take until it lists a new key. The documentation names no
// bound; seconds are usual.
const listLag = 2 * time.Minute

// Next decides what to do.
func Next(s Situation) Step {
	j := s.Journal
	switch {
	case !j.Open():
		return begin(s)
	case s.Held != j.Old && s.Held != j.New:
		return Step{Do: Forget} // somebody has put another key there
	case j.Stage == vaultcore.RotationCreating:
		return creating(s)
	case j.Stage == vaultcore.RotationCreated:
		return created(s)
	case s.Dead:
		return Step{Do: Restore, Key: j.Old}
	case s.Held == j.Old:
		return Step{Do: Forget} // somebody has put it back
	}
	old, listed := s.find(j.Old)
	switch {
	case !listed:
		return Step{Do: Finish, Key: j.Old}
	case j.Stage == vaultcore.RotationSwitched:
		return Step{Do: Retire, Key: j.Old}
	case s.Replace == j.Old:
		return Step{Do: Delete, Key: j.Old}
	case !old.Inactive:
		return refuse(reactivated(s, old))
	case s.Now.Before(j.Due):
		return Step{Do: Wait, Key: j.Old, At: j.Due}
	default:
		return Step{Do: Delete, Key: j.Old}
	}
}

// begin is how a rotation begins: there must be room for a second key.
func begin(s Situation) Step {
	held, listed := s.find(s.Held)
	others := s.others()
	switch {
	case !listed:
		return refuse(notListed(s))
	case held.Inactive:
		return refuse(inactive(s))
	case s.Replace != "" && s.Replace == s.Held:
		return refuse(replacesItself(s))
	case len(others) == 0:
		return Step{Do: Create}
	}
	if _, ok := s.find(s.Replace); ok {
		return Step{Do: Discard, Key: s.Replace}
	}
	return refuse(twoKeys(s, others[0]))
}

// creating goes on where AWS was asked for a key, and its answer was lost or not
// written down.
func creating(s Situation) Step {
	others := s.others()
	switch {
	case s.Aside != "":
		return Step{Do: Adopt, Key: s.Aside}
	case len(others) > 0 && others[0].ID != s.Replace && s.lost(others[0]):
		return Step{Do: Discard, Key: others[0].ID, Lost: true}
	default:
		return begin(s)
	}
}

// created goes on with a new key that is kept aside.
func created(s Situation) Step {
	j := s.Journal
	made, listed := s.find(j.New)
	switch {
	case s.Held == j.New, s.Dead:
		return Step{Do: Switch, Key: j.New}
	case s.Aside == "":
		return Step{Do: Forget} // its secret is gone
	case !listed && s.Now.Sub(j.Begun) > listLag:
		return Step{Do: Forget} // somebody has deleted it
	case listed && made.Inactive:
		return refuse(newInactive(s))
	default:
		return Step{Do: Switch, Key: j.New}
	}
}

// clockTolerance is how far this machine's clock may be from AWS's.
const clockTolerance = 5 * time.Minute

// lost says whether a key is the one that the rotation asked for: the user had no second
// key before, so this one is younger; and nobody can have used it.
func (s Situation) lost(k vaultcore.AccessKey) bool {
	return k.Used.IsZero() && k.Created.After(s.Journal.Begun.Add(-clockTolerance))
}

// find is the key of this id in IAM's list.
func (s Situation) find(id string) (vaultcore.AccessKey, bool) {
	at := slices.IndexFunc(s.Keys, func(k vaultcore.AccessKey) bool { return k.ID == id })
	if at < 0 {
		return vaultcore.AccessKey{}, false
	}
	return s.Keys[at], true
}

// others are the user's keys beside the one in use.
func (s Situation) others() []vaultcore.AccessKey {
	return slices.DeleteFunc(slices.Clone(s.Keys), func(k vaultcore.AccessKey) bool { return k.ID == s.Held })
}

func refuse(why error) Step { return Step{Do: Refuse, Why: why} }
