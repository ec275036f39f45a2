package main

import (
	"errors"
	"fmt"
)

// errOutput is a result that could not be written to stdout.
var errOutput = errors.New("the result cannot be written")

// print writes the result, in one write.
func (p *program) print(text []byte) error {
	if _, err := p.out.Write(text); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
