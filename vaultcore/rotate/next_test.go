package rotate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
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
	steps := map[string]string{
		"create": "create a new key, and keep it beside the one in use",
		"switch": "try the new key until AWS knows it everywhere, then use it in place of the old one",
		"retire": "make AKIA…MOLD inactive",
		"wait":   "delete AKIA…MOLD in 1 day, if nobody has made it active again",
	}
	all := []string{steps["create"], steps["switch"], steps["retire"], steps["wait"]}
	known := "try AKIA…MNEW until AWS knows it everywhere, then use it in place of the old one"
	for name, c := range map[string]struct {
		s    rotate.Situation
		want []string
		why  string // of a refusal
	}{
		"from the start":            {rotate.Situation{Held: old, Keys: []vaultcore.AccessKey{key(old)}}, all, ""},
		"old key goes soon":         {rotate.Situation{Held: old, Grace: -1, Keys: []vaultcore.AccessKey{key(old)}}, append(all[:3:3], "delete AKIA…MOLD"), ""},
		"another key":               {rotate.Situation{Held: old, Keys: []vaultcore.AccessKey{key(old), key(other)}}, nil, "two keys"},
		"which may go":              {rotate.Situation{Held: old, Replace: other, Keys: []vaultcore.AccessKey{key(old), key(other)}}, append([]string{"delete AKIA…MOTH"}, all...), ""},
		"not its user's":            {rotate.Situation{Held: old, Keys: []vaultcore.AccessKey{key(other)}}, nil, "does not list"},
		"answer lost, nothing made": {rotate.Situation{Held: old, Journal: journal(vaultcore.RotationCreating, 0), Keys: []vaultcore.AccessKey{key(old)}}, all, ""},
		"answer lost, a key made": {rotate.Situation{Held: old, Journal: journal(vaultcore.RotationCreating, 0), Keys: []vaultcore.AccessKey{key(old), key(other, fresh)}},
			append([]string{"delete AKIA…MOTH, which AWS created while its answer was lost: nobody has its secret"}, all...), ""},
		"answer lost, another's key": {rotate.Situation{Held: old, Journal: journal(vaultcore.RotationCreating, 0), Keys: []vaultcore.AccessKey{key(old), key(other)}}, nil, "two keys"},
		"kept, not written down":     {rotate.Situation{Held: old, Aside: made, Journal: journal(vaultcore.RotationCreating, 0), Keys: []vaultcore.AccessKey{key(old), key(made, fresh)}}, append([]string{known}, all[2:]...), ""},
		"kept aside":                 {rotate.Situation{Held: old, Aside: made, Journal: journal(vaultcore.RotationCreated, 0), Keys: []vaultcore.AccessKey{key(old), key(made, fresh)}}, append([]string{known}, all[2:]...), ""},
		"made inactive by hand":      {rotate.Situation{Held: old, Aside: made, Journal: journal(vaultcore.RotationCreated, 0), Keys: []vaultcore.AccessKey{key(old), key(made, inactive)}}, nil, "has been made inactive"},
		"in use":                     {rotate.Situation{Held: made, Journal: journal(vaultcore.RotationSwitched, 0), Keys: []vaultcore.AccessKey{key(old), key(made)}}, all[2:], ""},
		"the new one is gone":        {rotate.Situation{Held: made, Dead: true, Journal: journal(vaultcore.RotationSwitched, 0), Keys: []vaultcore.AccessKey{key(old)}}, []string{"put AKIA…MOLD back: AWS does not know the new key any more"}, ""},
		"waits":                      {rotate.Situation{Held: made, Journal: journal(vaultcore.RotationInactive, time.Hour), Keys: []vaultcore.AccessKey{key(old, inactive), key(made)}}, []string{"delete AKIA…MOLD in 1 h, if nobody has made it active again"}, ""},
		"is due":                     {rotate.Situation{Held: made, Journal: journal(vaultcore.RotationInactive, 0), Keys: []vaultcore.AccessKey{key(old, inactive), key(made)}}, []string{"delete AKIA…MOLD"}, ""},
		"active again":               {rotate.Situation{Held: made, Journal: journal(vaultcore.RotationInactive, 0), Keys: []vaultcore.AccessKey{key(old), key(made)}}, nil, "made active again"},
		"gone already":               {rotate.Situation{Held: made, Journal: journal(vaultcore.RotationInactive, 0), Keys: []vaultcore.AccessKey{key(made)}}, []string{"end the rotation: IAM does not have AKIA…MOLD any more"}, ""},
		"replaced by hand": {rotate.Situation{Held: other, Journal: journal(vaultcore.RotationSwitched, 0), Keys: []vaultcore.AccessKey{key(other)}},
			append([]string{"forget the rotation that was begun: its new key is gone, or another key was put in the place of the old one"}, all[0], all[1], "make AKIA…MOTH inactive", "delete AKIA…MOTH in 1 day, if nobody has made it active again"), ""},
	} {
		s := c.s
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
		why := plan[len(plan)-1].Why
		if got, want := strings.Join(lines, "\n"), strings.Join(c.want, "\n"); c.why == "" && got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
		if (why == nil) != (c.why == "") || why != nil && !strings.Contains(why.Error(), c.why) {
			t.Errorf("%s: it is refused: %v", name, why)
		}
	}
}
