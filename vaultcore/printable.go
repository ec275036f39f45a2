package vaultcore

import "unicode"

// showable says whether a character may be shown to a person inside a line
// that Vaultbar vouches for. Cc and Cf cover newlines, escapes, zero-width and
// bidirectional controls; line and paragraph separators break lines.
func showable(r rune) bool {
	return r != unicode.ReplacementChar && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs, unicode.Co)
}

// shorten replaces the last character by an ellipsis.
func shorten(text string) string {
	runes := []rune(text)
	return string(runes[:len(runes)-1]) + "…"
}
