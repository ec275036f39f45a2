package vaultcore

import (
	"log/slog"
	"strings"
)

// LogValue is the fault as a log shows it: its message, and the cause where that
// says more. Of a cause nobody knows whose text it quotes, so what could be a
// secret is taken out of it.
func (f *Fault) LogValue() slog.Value {
	if f.Cause == nil {
		return slog.StringValue(f.Message)
	}
	cause := scrub(f.Cause.Error())
	if cause == "" || strings.Contains(f.Message, cause) {
		return slog.StringValue(f.Message)
	}
	return slog.StringValue(f.Message + " (" + cause + ")")
}

const (
	// secretLength is how long a word of base64 is that could be a secret: the
	// shortest of AWS's have forty characters.
	secretLength = 40
	// maxLogged is how much of a cause a log keeps.
	maxLogged = 300
)

// scrub makes one line of text and takes out what could be a secret: access key
// ids, long words of base64, and of addresses everything but the host.
func scrub(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = scrubRuns(hostOnly(word))
	}
	line := []rune(strings.Map(func(r rune) rune {
		if !showable(r) {
			return -1
		}
		return r
	}, strings.Join(words, " ")))
	if len(line) > maxLogged {
		return string(line[:maxLogged]) + "…"
	}
	return string(line)
}

// hostOnly cuts an address in a word down to its scheme and host.
func hostOnly(word string) string {
	scheme, rest, ok := strings.Cut(word, "://")
	if !ok {
		return word
	}
	host, _, cut := strings.Cut(rest, "/")
	if before, _, ok := strings.Cut(host, "?"); ok {
		host, cut = before, true
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	if cut {
		host += "/…"
	}
	return scheme + "://" + host
}

// scrubRuns masks the parts of a word that a secret could be.
func scrubRuns(word string) string {
	var b strings.Builder
	for word != "" {
		n := strings.IndexFunc(word, func(r rune) bool { return !ofSecrets(r) })
		if n < 0 {
			n = len(word)
		}
		b.WriteString(scrubRun(word[:n]))
		rest := strings.IndexFunc(word[n:], ofSecrets)
		if rest < 0 {
			rest = len(word) - n
		}
		b.WriteString(word[n : n+rest])
		word = word[n+rest:]
	}
	return b.String()
}

func scrubRun(run string) string {
	switch {
	case len(run) >= secretLength:
		return masked
	case len(run) >= 16 && (strings.HasPrefix(run, "AKIA") || strings.HasPrefix(run, "ASIA")):
		return MaskKeyID(run)
	default:
		return run
	}
}

// ofSecrets says whether secrets, or how addresses write them, have this
// character.
func ofSecrets(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("+/=_-%", r)
}
