package cocoa

import (
	"fmt"
	"os"
	"syscall"

	"github.com/ebitengine/purego"
)

// networkChange is kNotifySCNetworkChange of SystemConfiguration/SCNetwork.h: configd posts
// it when the addresses, routes or name servers in use have changed.
const networkChange = "com.apple.system.config.network_change"

// NetworkChanges is a file from which a few bytes can be read after each change of the
// network. What is told stops when it is closed.
func NetworkChanges() (*os.File, error) {
	lib, err := purego.Dlopen(libSystem, purego.RTLD_GLOBAL|purego.RTLD_LAZY)
	if err != nil {
		return nil, fmt.Errorf("the system's library cannot be loaded: %w", err)
	}
	var register func(name string, fd *int32, flags int32, token *int32) uint32 // of notify.h
	purego.RegisterLibFunc(&register, lib, "notify_register_file_descriptor")
	var fd, token int32
	if failed := register(networkChange, &fd, 0, &token); failed != 0 {
		return nil, fmt.Errorf("the system does not report network changes: notify status %d", failed)
	}
	syscall.CloseOnExec(int(fd))
	if err := syscall.SetNonblock(int(fd), true); err != nil {
		_ = syscall.Close(int(fd))
		return nil, fmt.Errorf("the system's notes of the network cannot be read: %w", err)
	}
	return os.NewFile(uintptr(fd), "the system's notes of the network"), nil
}
