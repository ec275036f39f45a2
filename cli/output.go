package cli

import (
	"errors"
	"fmt"

	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// errOutput is a result that could not be written to stdout.
var errOutput = errors.New("the result cannot be written")

// errNoReader is a stdout that nobody can read: see closedOutput.
var errNoReader = &vaultcore.Fault{
	Kind: errOutput, Message: "nobody can read the result: stdout is closed",
	Hint: "`vaultbar renew PROFILE` gets a session without printing it",
}

// printJSON prints a value for programs.
func (p *program) printJSON(value any) error {
	text, err := report.JSON(value)
	if err != nil {
		return err
	}
	return p.print(text)
}

// print writes the result, in one write.
func (p *program) print(text []byte) error {
	if _, err := p.out.Write(text); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
