package ui

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
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
	for name, c := range map[string]struct {
		m                    dialog.Message
		title, hint, preview string
		text                 []string
	}{
		"question": {newImported(all).question(), "Move 3 keys into the keychain", "A note.\nCorrect line 21.", strings.Join([]string{
			"work     ~/.aws/credentials:2   user ann in 111111111111",
			"default  ~/.aws/credentials:12  user ann in 111111111111, MFA …/ann",
			"ci       ~/.aws/credentials:5   is in the keychain already",
			"old      ~/.aws/credentials:20  stays: the secret is not alone on its line",
			"older    ~/.aws/credentials:30  stays: the secret is not alone on its line",
		}, "\n"), []string{"by the same names", "a session asks for its code"}},
		"question of one": {newImported(one).question(), "Move the key of work into the keychain", "", "work  ~/.aws/credentials:2  user ann in 111111111111", []string{"Move it into"}},
		"report": {newImported(done).report(), "Moved 3 keys into the keychain", replaceLeaked, "",
			[]string{"In the keychain now: work, default, ci.", "In plain text still: old, older.", "/home/ann/backup/credentials-1"}},
		"refusal":         {newImported(none).refusal(), "Keys in plain text", "Correct line 21.", "", []string{"old, ~/.aws/credentials line 20: the secret is not alone on its line."}},
		"nothing is left": {newImported(agent.ImportResult{}).refusal(), "Keys in plain text", "", "", []string{"any more"}},
	} {
		if c.m.Title != c.title || c.m.Hint != c.hint || c.m.Preview != c.preview {
			t.Errorf("%s: %+v", name, c.m)
		}
		for _, want := range c.text {
			if !strings.Contains(c.m.Text, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, c.m.Text)
			}
		}
	}
}
