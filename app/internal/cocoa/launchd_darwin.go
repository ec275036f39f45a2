package cocoa

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"github.com/ebitengine/purego"
)

// libSystem has the calls to launchd and the C library.
const libSystem = "/usr/lib/libSystem.B.dylib"

// ActivatedSocket is the socket that launchd has opened for this process, by the name
// that the Sockets of its property list have for it. launchd hands it out once in the
// life of a process, and none to a process that it has not started: then it is nil.
func ActivatedSocket(name string) (*os.File, error) {
	lib, err := purego.Dlopen(libSystem, purego.RTLD_GLOBAL|purego.RTLD_LAZY)
	if err != nil {
		return nil, fmt.Errorf("the system's library cannot be loaded: %w", err)
	}
	// Of launch.h: the array is the C library's to free.
	var activate func(name string, fds **int32, count *uintptr) int32
	var free func(unsafe.Pointer)
	purego.RegisterLibFunc(&activate, lib, "launch_activate_socket")
	purego.RegisterLibFunc(&free, lib, "free")
	var fds *int32
	var count uintptr
	switch failed := syscall.Errno(activate(name, &fds, &count)); failed {
	case 0:
	case syscall.ESRCH, syscall.ENOENT: // launchd did not start us, or has no such socket
		return nil, nil
	default:
		return nil, fmt.Errorf("launchd does not hand its socket out: %w", failed)
	}
	defer free(unsafe.Pointer(fds))
	var first *os.File
	for i, fd := range unsafe.Slice(fds, count) {
		syscall.CloseOnExec(int(fd))
		if i == 0 {
			first = os.NewFile(uintptr(fd), "the socket of launchd")
		} else {
			_ = syscall.Close(int(fd))
		}
	}
	return first, nil
}
