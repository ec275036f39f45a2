package vaultcore

import (
	"errors"
	"syscall"
)

// The numbers of ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL and
// ERROR_DISK_QUOTA_EXCEEDED.
const (
	handleDiskFull    = syscall.Errno(39)
	diskFull          = syscall.Errno(112)
	diskQuotaExceeded = syscall.Errno(1295)
)

// NoSpace says whether err is a full disk or a used-up quota.
func NoSpace(err error) bool {
	return errors.Is(err, diskFull) || errors.Is(err, handleDiskFull) || errors.Is(err, diskQuotaExceeded)
}
