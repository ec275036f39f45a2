//go:build unix

package vaultcore

import (
	"errors"
	"syscall"
)

// NoSpace says whether err is a full disk or a used-up quota.
func NoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
