package testkit

import "github.com/vaultbar/vaultbar/vaultcore"

// ErrorText is what people read of an error, for a golden file: its message, and the hint,
// where it has one.
func ErrorText(err error) string {
	if err == nil {
		return "no error"
	}
	text := err.Error()
	if hint := vaultcore.Hint(err); hint != "" {
		text += "\nhint: " + hint
	}
	return text
}
