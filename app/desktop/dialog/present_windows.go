package dialog

import (
	"context"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32        = windows.NewLazySystemDLL("user32.dll")
	windowStation = user32.NewProc("GetProcessWindowStation")
	information   = user32.NewProc("GetUserObjectInformationW")
)

// stationFlags is USEROBJECTFLAGS of winuser.h.
type stationFlags struct {
	inherit, reserved int32
	flags             uint32
}

// Of winuser.h.
const (
	objectFlags = 1 // UOI_FLAGS
	visible     = 1 // WSF_VISIBLE
)

// present says whether windows of this program are on a screen: those of a service or of
// a login by ssh are not.
func present(context.Context) bool {
	station, _, _ := windowStation.Call()
	var found stationFlags
	var size uint32
	ok, _, _ := information.Call(station, objectFlags, uintptr(unsafe.Pointer(&found)), unsafe.Sizeof(found), uintptr(unsafe.Pointer(&size)))
	return ok != 0 && found.flags&visible != 0
}
