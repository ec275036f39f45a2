package ui

import (
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// About counts what does not work, and shows that before what is only odd.
func TestWhatAboutSays(t *testing.T) {
	ok := vaultcore.Check{Verdict: vaultcore.CheckOK, Text: "fine"}
	odd := vaultcore.Check{Verdict: vaultcore.CheckWarn, Text: "odd", Next: "look"}
	broken := vaultcore.Check{Verdict: vaultcore.CheckFail, Text: "above is broken", Next: "mend it"}
	for name, checks := range map[string][]vaultcore.Check{"all works": {ok, odd}, "one does not": {odd, broken}, "two do not": {broken, ok, broken}} {
		golden.Message(t, name, failing(checks))
	}
	golden.Message(t, "what helps", remedies([]vaultcore.Check{ok, odd, broken}))
}
