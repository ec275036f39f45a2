package vaultcore

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Secret is text that must not be seen: a secret access key, a session token,
// an MFA code, a passphrase. It prints as "[secret]" under every verb and in
// slog, and refuses to become JSON or text; [Secret.Reveal] is the only way out.
//
// The text is behind a pointer because fmt prints unexported fields without
// calling their methods: a plain string inside another struct would show.
type Secret struct{ text *string }

const masked = "[secret]"

var errSecretEncoded = errors.New("a secret cannot be encoded")

// NewSecret wraps text. The empty text gives the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text itself.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero says whether there is no text.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal says whether both hold the same text. It is not constant-time: use it
// for bookkeeping, never to check what a peer presents.
func (s Secret) Equal(t Secret) bool { return s.Reveal() == t.Reveal() }

// String returns "[secret]".
func (Secret) String() string { return masked }

// Format prints "[secret]" whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// LogValue is what slog shows.
func (Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalJSON always fails.
func (Secret) MarshalJSON() ([]byte, error) { return nil, errSecretEncoded }

// MarshalText always fails.
func (Secret) MarshalText() ([]byte, error) { return nil, errSecretEncoded }

// MaskKeyID shortens an access key id to what may be shown and logged: its
// prefix, which tells the kind of key, and its last four characters.
func MaskKeyID(id string) string {
	if len(id) < 12 {
		return "…"
	}
	return id[:4] + "…" + id[len(id)-4:]
}
