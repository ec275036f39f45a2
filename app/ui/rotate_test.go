package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// What a person reads before and after a key is rotated.
func TestRotationInWords(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	result := agent.RotateResult{
		Names: []string{"bastion"}, Profiles: []string{"bastion", "prod", "dev", "test", "qa"}, Key: "AKIA…WXYZ",
		Identity: vaultcore.Identity{Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/ann", User: "ann"},
		Steps:    []string{"create a new key", "make AKIA…WXYZ inactive"}, Notes: []string{"A note."},
	}
	waits := result
	waits.Rotation = &vaultcore.Rotation{Stage: vaultcore.RotationInactive, Old: "AKIA…WXYZ", New: "AKIA…ABCD", Due: now.Add(23*time.Hour + time.Minute)}
	for name, c := range map[string]struct {
		m           dialog.Message
		title, hint string
		text        []string
	}{
		"question": {rotation{result, now}.question(), "Rotate the key of bastion, prod, dev, test and 1 more", "A note.",
			[]string{"The key AKIA…WXYZ of user ann in 111111111111 is replaced", "\n1. create a new key\n2. make AKIA…WXYZ inactive"}},
		"goes on": {rotation{waits, now}.question(), "Finish the rotation of the key of bastion, prod, dev, test and 1 more", "A note.", []string{"will be deleted in 23 h."}},
		"done":    {rotation{result, now}.report(), "The key of bastion, prod, dev, test and 1 more is new", "", []string{"AKIA…WXYZ is the key of bastion"}},
		"waits":   {rotation{waits, now}.report(), "The key of bastion, prod, dev, test and 1 more is new", "If something elsewhere", []string{"AKIA…WXYZ is inactive and will be deleted in 23 h."}},
	} {
		if c.m.Title != c.title || !strings.HasPrefix(c.m.Hint, c.hint) {
			t.Errorf("%s: %+v", name, c.m)
		}
		for _, want := range c.text {
			if !strings.Contains(c.m.Text, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, c.m.Text)
			}
		}
	}
}
