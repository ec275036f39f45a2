package main

import (
	"fmt"
	"io"
	"regexp"
)

// secretValue is a secret in the reply of a credential_process. One that was cut
// off is one, too.
var secretValue = regexp.MustCompile(`"(SecretAccessKey|SessionToken)":\s*"([^"]*)("|$)`)

// redactor shows what a command writes, but for the secrets in its JSON. Text is
// passed on as it comes, since a prompt has no end of line; from an opening brace
// on, a line is held back until it is whole.
type redactor struct {
	out  io.Writer
	held []byte
}

// Write passes text on.
func (c *redactor) Write(text []byte) (int, error) {
	shown := make([]byte, 0, len(text))
	for _, char := range text {
		switch {
		case char == '\r': // a terminal's line ends are two characters
		case len(c.held) == 0 && char != '{':
			shown = append(shown, char)
		case char == '\n':
			shown = append(append(shown, c.take()...), char)
		default:
			c.held = append(c.held, char)
		}
	}
	if _, err := c.out.Write(shown); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Close passes on what was held back at the end.
func (c *redactor) Close() error {
	_, err := c.out.Write(c.take())
	return err
}

// take returns what was held back, without its secrets.
func (c *redactor) take() []byte {
	held := c.held
	c.held = nil
	hidden := secretValue.ReplaceAllFunc(held, func(found []byte) []byte {
		parts := secretValue.FindSubmatch(found)
		return fmt.Appendf(nil, `"%s":"(hidden by the demo: %d characters)"`, parts[1], len(parts[2]))
	})
	clear(held)
	return hidden
}
