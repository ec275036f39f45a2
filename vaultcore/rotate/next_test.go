package rotate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// TestPlan: what a person agrees to, in each situation.
func TestPlan(t *testing.T) {
	const old, made, other = "AKIAIOSFODNN7EXAMOLD", "AKIAIOSFODNN7EXAMNEW", "AKIAIOSFODNN7EXAMOTH"
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	key := func(id string, changes ...func(*vaultcore.AccessKey)) vaultcore.AccessKey {
		k := vaultcore.AccessKey{ID: id, Created: now.Add(-90 * vaultcore.Day), Used: now.Add(-time.Hour)}
		for _, change := range changes {
			change(&k)
		}
		return k
	}
	inactive := func(k *vaultcore.AccessKey) { k.Inactive = true }
	fresh := func(k *vaultcore.AccessKey) { k.Created, k.Used = now.Add(-time.Minute), time.Time{} }
	journal := func(stage vaultcore.RotationStage, due time.Duration) rotate.Journal {
		j := rotate.Journal{Stage: stage, Names: []string{"bastion"}, Old: old, New: made, Begun: now.Add(-2 * time.Minute), Grace: vaultcore.Day, Due: now.Add(due)}
		if stage == vaultcore.RotationCreating {
			j.New = ""
		}
		return j
	}
	for name, s := range map[string]rotate.Situation{
		"from the start":             {Held: old, Keys: []vaultcore.AccessKey{key(old)}},
		"old key goes soon":          {Held: old, Grace: -1, Keys: []vaultcore.AccessKey{key(old)}},
		"another key":                {Held: old, Keys: []vaultcore.AccessKey{key(old), key(other)}},
		"which may go":               {Held: old, Replace: other, Keys: []vaultcore.AccessKey{key(old), key(other)}},
		"not its user's":             {Held: old, Keys: []vaultcore.AccessKey{key(other)}},
		"answer lost, nothing made":  {Held: old, Journal: journal(vaultcore.RotationCreating, 0), Keys: []vaultcore.AccessKey{key(old)}},
		"answer lost, a key made":    {Held: old, Journal: journal(vaultcore.RotationCreating, 0), Keys: []vaultcore.AccessKey{key(old), key(other, fresh)}},
		"answer lost, another's key": {Held: old, Journal: journal(vaultcore.RotationCreating, 0), Keys: []vaultcore.AccessKey{key(old), key(other)}},
		"kept, not written down":     {Held: old, Aside: made, Journal: journal(vaultcore.RotationCreating, 0), Keys: []vaultcore.AccessKey{key(old), key(made, fresh)}},
		"kept aside":                 {Held: old, Aside: made, Journal: journal(vaultcore.RotationCreated, 0), Keys: []vaultcore.AccessKey{key(old), key(made, fresh)}},
		"made inactive by hand":      {Held: old, Aside: made, Journal: journal(vaultcore.RotationCreated, 0), Keys: []vaultcore.AccessKey{key(old), key(made, inactive)}},
		"in use":                     {Held: made, Journal: journal(vaultcore.RotationSwitched, 0), Keys: []vaultcore.AccessKey{key(old), key(made)}},
		"the new one is gone":        {Held: made, Dead: true, Journal: journal(vaultcore.RotationSwitched, 0), Keys: []vaultcore.AccessKey{key(old)}},
		"waits":                      {Held: made, Journal: journal(vaultcore.RotationInactive, time.Hour), Keys: []vaultcore.AccessKey{key(old, inactive), key(made)}},
		"is due":                     {Held: made, Journal: journal(vaultcore.RotationInactive, 0), Keys: []vaultcore.AccessKey{key(old, inactive), key(made)}},
		"active again":               {Held: made, Journal: journal(vaultcore.RotationInactive, 0), Keys: []vaultcore.AccessKey{key(old), key(made)}},
		"gone already":               {Held: made, Journal: journal(vaultcore.RotationInactive, 0), Keys: []vaultcore.AccessKey{key(made)}},
		"replaced by hand":           {Held: other, Journal: journal(vaultcore.RotationSwitched, 0), Keys: []vaultcore.AccessKey{key(other)}},
	} {
		s.Name, s.Names, s.Now = "bastion", []string{"bastion"}, now
		switch s.Grace {
		case 0:
			s.Grace = vaultcore.Day
		case -1:
			s.Grace = 0
		}
		plan := rotate.Plan(s)
		var lines []string
		for _, step := range plan {
			if line := step.Line(now); line != "" {
				lines = append(lines, line)
			}
		}
		if why := plan[len(plan)-1].Why; why != nil {
			lines = append(lines, "refused: "+why.Error())
		}
		golden.Message(t, name, strings.Join(lines, "\n"), "…MOLD", "[old]", "…MNEW", "[new]", "…MOTH", "[other]")
	}
}
