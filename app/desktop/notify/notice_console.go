package notify

import (
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// ConsoleFailed tells why the console of a profile did not open; with no profile,
// why a link opened none.
func ConsoleFailed(profile, why string) Notice {
	title := "The console of " + veil(profile) + " could not be opened"
	if profile == "" {
		title = "A link could not open the console"
	}
	body := vaultcore.Capital(strings.TrimRight(veilSentence(why), ". "))
	if body != "" && !strings.HasSuffix(body, "…") {
		body += "."
	}
	return Notice{Key: "console " + profile, Title: title, Body: body}
}
