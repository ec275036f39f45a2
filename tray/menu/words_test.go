package menu

import (
	"strings"
	"testing"
)

// signs are what stands before a row, and the words of which one must be in it: nobody
// has to see the sign, or its color.
var signs = map[string][]string{
	"●": {" min", " h"},
	"◐": {"ends in "},
	"◌": {"waits for an answer"},
	"▢": {"needs a key"},
	"◉": {" (current)"},
}

// TestStatesAreWords holds that nothing is said by a sign or a color alone.
func TestStatesAreWords(t *testing.T) {
	seen := make(map[string]bool)
	for _, s := range situations() {
		walk(Build(s.snap, now, s.options).Items, 0, func(item Item, _ int) {
			sign, rest, _ := strings.Cut(item.Title, " ")
			if words, ok := signs[sign]; ok {
				seen[sign] = true
				if !containsOne(rest, words) {
					t.Errorf("%s: what %q means is not in the row: %s", s.name, sign, item.Title)
				}
			}
			if sign == "✕" && strings.HasPrefix(item.Key, "profile.") && !containsOne(rest, []string{"failed", "cannot be used"}) {
				t.Errorf("%s: why there is a cross is not in the row: %s", s.name, item.Title)
			}
			if item.Beside == Red && !item.Hidden && !strings.Contains(rest, "protected") {
				t.Errorf("%s: why there is a red disc is not in the row: %s", s.name, item.Title)
			}
		})
	}
	for sign := range signs {
		if !seen[sign] {
			t.Errorf("no situation has a row with %s", sign)
		}
	}
}

func containsOne(text string, words []string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
