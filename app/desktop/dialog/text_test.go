package dialog

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// FuzzText holds that what a dialog shows is harmless whatever goes into it.
func FuzzText(f *testing.F) {
	f.Add("a\x1b[31m\u202eb\nc", 10)
	f.Add(strings.Repeat("本", 500), 400)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 2 || limit > 1000 {
			return
		}
		got := vaultcore.PrintableLine(text, limit)
		if n := len([]rune(got)); n > limit {
			t.Errorf("%d characters, at most %d", n, limit)
		}
		for _, r := range got {
			if vaultcore.Printable(string(r)) != string(r) {
				t.Errorf("%q has %q in it", got, r)
			}
		}
		if again := vaultcore.PrintableLine(got, limit); again != got {
			t.Errorf("%q becomes %q", got, again)
		}
		if strings.ReplaceAll(strings.ReplaceAll(wrap(got), "\n", ""), " ", "") != strings.ReplaceAll(got, " ", "") {
			t.Errorf("wrapping loses text: %q", wrap(got))
		}
	})
}
