package ui

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// About counts what does not work, and shows that before what is only odd.
func TestWhatAboutSays(t *testing.T) {
	ok := vaultcore.Check{Verdict: vaultcore.CheckOK, Text: "fine"}
	odd := vaultcore.Check{Verdict: vaultcore.CheckWarn, Text: "odd", Next: "look"}
	broken := vaultcore.Check{Verdict: vaultcore.CheckFail, Text: "above is broken", Next: "mend it"}
	for want, checks := range map[string][]vaultcore.Check{
		"": {ok, odd}, "One thing does not work.": {odd, broken}, "2 things do not work.": {broken, ok, broken},
	} {
		if got := failing(checks); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	text := remedies([]vaultcore.Check{ok, odd, broken})
	if !strings.HasPrefix(text, "above is broken\nmend it\n\nodd\nlook\n") || strings.Contains(text, "fine") {
		t.Errorf("%s", text)
	}
}
