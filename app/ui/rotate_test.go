package ui

import (
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
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
	for name, m := range map[string]dialog.Message{
		"question": rotation{result, now}.question(),
		"continue": rotation{waits, now}.question(),
		"done":     rotation{result, now}.report(),
		"waits":    rotation{waits, now}.report(),
	} {
		golden.Message(t, name, shown(m), result.Key, "OLD", waits.Rotation.New, "NEW")
	}
}
