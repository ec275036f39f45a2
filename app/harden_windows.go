package app

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// stopSignals end the app cleanly.
var stopSignals = []os.Signal{os.Interrupt}

// undumpable lets the system and administrators do all with the process, and
// its own user only what ending and waiting for it needs: no reading of memory.
const undumpable = "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x101001;;;OW)"

// harden takes the right to read the app's memory from other processes of the
// same user.
func harden() error {
	descriptor, err := windows.SecurityDescriptorFromString(undumpable)
	if err != nil {
		return fmt.Errorf("reading the process's access list: %w", err)
	}
	list, _, err := descriptor.DACL()
	if err != nil {
		return fmt.Errorf("reading the process's access list: %w", err)
	}
	kind := windows.SECURITY_INFORMATION(windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION)
	if err := windows.SetSecurityInfo(windows.CurrentProcess(), windows.SE_KERNEL_OBJECT, kind, nil, nil, list, nil); err != nil {
		return fmt.Errorf("guarding the process: %w", err)
	}
	return nil
}
