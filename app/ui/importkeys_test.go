package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// What a person reads before and after keys move.
func TestImportInWords(t *testing.T) {
	key := func(profile string, line int, change func(*agent.ImportedKey)) agent.ImportedKey {
		k := agent.ImportedKey{
			PlainKey: vaultcore.PlainKey{Profile: profile, File: "~/.aws/credentials", Line: line},
			Identity: vaultcore.Identity{Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/ann", User: "ann"},
		}
		if change != nil {
			change(&k)
		}
		return k
	}
	stays := func(k *agent.ImportedKey) {
		k.Identity, k.Why, k.Hint = vaultcore.Identity{}, "the secret is not alone on its line", "correct line 21"
	}
	all := agent.ImportResult{Plan: "sum", Keys: []agent.ImportedKey{
		key("work", 2, nil),
		key("default", 12, func(k *agent.ImportedKey) { k.MFASerial = "arn:aws:iam::111111111111:mfa/ann" }),
		key("ci\x1b", 5, func(k *agent.ImportedKey) { k.Identity, k.Kept = vaultcore.Identity{}, true }),
		key("old", 20, stays), key("older", 30, stays),
	}, Notes: []string{"A note."}}
	done := all
	done.Backups = []string{"/home/ann/backup/credentials-1"}
	none := agent.ImportResult{Keys: []agent.ImportedKey{key("old", 20, stays)}}
	one := agent.ImportResult{Plan: "sum", Keys: []agent.ImportedKey{key("work", 2, nil)}}
	for name, m := range map[string]dialog.Message{
		"question":        newImported(all).question(),
		"question of one": newImported(one).question(),
		"report":          newImported(done).report(),
		"refusal":         newImported(none).refusal(),
		"nothing is left": newImported(agent.ImportResult{}).refusal(),
	} {
		golden.Message(t, name, shown(m))
	}
}

// shown is all that a dialog says, each part by its name.
func shown(m dialog.Message) string {
	var b strings.Builder
	for _, part := range []struct{ name, text string }{
		{"title", m.Title}, {"text", m.Text}, {"hint", m.Hint}, {"yes", m.Yes}, {"no", m.No}, {"preview", m.Preview},
	} {
		if part.text != "" {
			fmt.Fprintf(&b, "%s: %s\n", part.name, strings.ReplaceAll(part.text, "\n", "\n  "))
		}
	}
	return b.String()
}
