package rotate

import (
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestOngoing: what is due is ended once, unless it waits for a person or for the next try.
func TestOngoing(t *testing.T) {
	now := time.Now()
	late := now.Add(time.Hour)
	j := Journal{Stage: vaultcore.RotationInactive, Names: []string{"robot"}, Old: "AKIAOLD", Due: now}
	for name, test := range map[string]struct {
		journal Journal
		err     error // of the try to end it; nil for none
		at      time.Time
		due     bool
		stuck   bool
	}{
		"due":                {j, nil, now, true, false},
		"not due yet":        {j, nil, now.Add(-time.Minute), false, false},
		"before its end":     {Journal{Stage: vaultcore.RotationSwitched, Names: j.Names, Old: j.Old}, nil, late, false, false},
		"no network":         {j, vaultcore.ErrNoAnswer, now, false, false},
		"no network, later":  {j, vaultcore.ErrNoAnswer, late, true, false},
		"refused":            {j, vaultcore.ErrRefused, late, false, true},
		"needs a person":     {j, vaultcore.ErrNobodyToAsk, late, false, true},
		"of another account": {j, vaultcore.ErrWrongAccount, late, false, true},
	} {
		var o Ongoing
		o.Put(test.journal)
		if test.err != nil && o.Failed(test.journal, test.err) != test.stuck {
			t.Errorf("%s: needs a person: %t", name, !test.stuck)
		}
		o.Learn([]Journal{test.journal}) // which leaves what stands in its way
		if due, _ := o.Due(test.at); (len(due) == 1) != test.due || (o.Wait(test.at) == time.Second) != test.due {
			t.Errorf("%s: due %v, waits %v", name, due, o.Wait(test.at))
		}
		if shown := o.Shown(); len(shown) != 1 || (shown[0].Stuck != "") != test.stuck || !o.Of("robot").Open() {
			t.Errorf("%s: shown %+v", name, shown)
		}
		if o.Drop(j.Old); len(o.Shown()) != 0 {
			t.Errorf("%s: dropped, and shown still", name)
		}
	}
}
