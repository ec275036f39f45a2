package processline

import (
	"strings"
	"testing"
)

// TestParse: what a line runs, and whether that is ours.
func TestParse(t *testing.T) {
	for text, want := range map[string]struct {
		words string
		ours  bool
	}{
		`vaultbar export --format=json x`:            {"vaultbar|export|--format=json|x", true},
		`/opt/bin/aws-vault exec --json x`:           {"/opt/bin/aws-vault|exec|--json|x", true},
		`"C:\Program Files\V\Vaultbar.EXE" export x`: {`C:\Program Files\V\Vaultbar.EXE|export|x`, true},
		`C:\bin\aws-vault.exe export x`:              {`C:\bin\aws-vault.exe|export|x`, true},
		`/my\ tools/vaultbar export 'a "b"'`:         {`/my tools/vaultbar|export|a "b"`, true},
		`env -u HOME A=b -i /x/vaultbar export x`:    {"/x/vaultbar|export|x", true},
		`bash -lc 'exec aws-vault export x'`:         {"aws-vault|export|x", true},
		`/bin/sh -c "env A=b vaultbar export x"`:     {"vaultbar|export|x", true},
		`/opt/vaultbar-old/tool x`:                   {"/opt/vaultbar-old/tool|x", false},
		`tool vaultbar`:                              {"tool|vaultbar", false},
		`tool "" x`:                                  {"tool||x", false},
		`env`:                                        {"env", false},
		`sh -c`:                                      {"sh|-c", false},
		``:                                           {"", false},
	} {
		c, err := Parse(text)
		if got := strings.Join(c.Words, "|"); err != nil || got != want.words || c.Ours() != want.ours {
			t.Errorf("%s: %q, ours %v (%v)", text, got, c.Ours(), err)
		}
	}
}
