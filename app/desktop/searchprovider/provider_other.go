//go:build windows || darwin

package searchprovider

import (
	"context"
	"errors"
)

// Run does nothing: the system's search takes no results of programs that run.
func (Provider) Run(context.Context) error { return errors.ErrUnsupported }
