package lastinput

import (
	"context"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32        = windows.NewLazySystemDLL("user32.dll")
	kernel32      = windows.NewLazySystemDLL("kernel32.dll")
	lastInputInfo = user32.NewProc("GetLastInputInfo")
	tickCount     = kernel32.NewProc("GetTickCount")
)

// since asks Windows, which counts milliseconds in 32 bits, so that the count begins again
// after 49 days.
func since(context.Context) (time.Duration, error) {
	info := struct{ size, ticks uint32 }{size: 8} // LASTINPUTINFO
	if done, _, err := lastInputInfo.Call(uintptr(unsafe.Pointer(&info))); done == 0 {
		return 0, err
	}
	now, _, _ := tickCount.Call()
	return time.Duration(uint32(now)-info.ticks) * time.Millisecond, nil
}
