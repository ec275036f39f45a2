package dialog

import (
	"regexp"
	"strings"
)

// identifiers are what every user of a machine would read if it were on a command
// line: ARNs, key ids and account ids.
var identifiers = regexp.MustCompile(`(?i)\barn:[^\s"'“”,;]*[^\s"'“”,;.:]|\b(AKIA|ASIA|AIDA|AROA|AGPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{8,}|\d{12,}|\d{4}-\d{4}-\d{4}`)

// withoutIDs shortens each identifier to the part that tells it from others of
// its kind: an ARN to its name, anything else to its last four characters.
func withoutIDs(text string) string {
	return identifiers.ReplaceAllStringFunc(text, func(id string) string {
		if i := strings.LastIndexAny(id, "/:"); i >= 0 && i < len(id)-1 {
			return "…" + strings.Replace(identifiers.ReplaceAllStringFunc(id[i:], lastFour), ":", "/", 1)
		}
		return lastFour(id)
	})
}

func lastFour(id string) string { return "…" + id[len(id)-4:] }

// private says whether a text must not be on a command line.
func private(text string) bool { return identifiers.MatchString(text) }
