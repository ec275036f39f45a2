package keystore

import (
	"errors"

	"golang.org/x/sys/windows"
)

// noSpace says whether err is a full disk or a used-up quota.
func noSpace(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}
