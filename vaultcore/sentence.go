package vaultcore

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentence words an error or a hint as a sentence of its own.
func Sentence(text string) string {
	text = Capital(strings.TrimSpace(text))
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?`") || strings.HasSuffix(text, "…") {
		return text
	}
	return text + "."
}

// Capital begins a sentence.
func Capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// PrintableLine is [PrintableUpTo] for a line that begins and ends with a word.
func PrintableLine(text string, limit int) string {
	return strings.TrimSpace(PrintableUpTo(text, limit))
}
