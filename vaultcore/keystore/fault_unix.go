//go:build unix

package keystore

import (
	"errors"
	"syscall"
)

// noSpace says whether err is a full disk or a used-up quota.
func noSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
