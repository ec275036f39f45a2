package vaultcore

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// ErrInternal is a fault of Vaultbar itself.
var ErrInternal = errors.New("a fault inside Vaultbar")

// Internal is what somebody gets whose work panicked.
func Internal() *Fault {
	return Faultf(ErrInternal, "something is wrong inside Vaultbar").WithHint("its log says where: `vaultbar status` shows the file")
}

// PanicSite names the function and line that panicked, for the log of a
// deferred function that recovers. Values are left out: they may be secret.
func PanicSite() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", frame.Function, frame.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}
