package cocoa

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"
)

// The frameworks that are used.
const (
	foundation          = "Foundation"
	appKit              = "AppKit"
	coreGraphics        = "CoreGraphics"
	localAuthentication = "LocalAuthentication"
	userNotifications   = "UserNotifications"
)

var (
	loading sync.Mutex
	loaded  = make(map[string]uintptr)
)

// load loads a framework, once. The system's own folder is named, so that no variable
// chooses another library.
func load(framework string) (uintptr, error) {
	loading.Lock()
	defer loading.Unlock()
	if lib, ok := loaded[framework]; ok {
		return lib, nil
	}
	lib, err := purego.Dlopen("/System/Library/Frameworks/"+framework+".framework/"+framework, purego.RTLD_GLOBAL|purego.RTLD_LAZY)
	if err != nil {
		return 0, fmt.Errorf("the framework %s cannot be loaded: %w", framework, err)
	}
	loaded[framework] = lib
	return lib, nil
}

// function makes a Go function of one of a framework.
func function(framework, name string, fn any) error {
	lib, err := load(framework)
	if err != nil {
		return err
	}
	symbol, err := purego.Dlsym(lib, name)
	if err != nil {
		return fmt.Errorf("%s has no %s: %w", framework, name, err)
	}
	purego.RegisterFunc(fn, symbol)
	return nil
}

// send sends a message to an object or a class.
func send(to objc.ID, message string, args ...any) objc.ID {
	return to.Send(objc.RegisterName(message), args...)
}

// class is a class as what messages are sent to; 0 where its framework is not loaded.
func class(name string) objc.ID { return objc.ID(objc.GetClass(name)) }

// text makes a string of Objective-C, which the pool around the call owns.
func text(s string) objc.ID { return send(class("NSString"), "stringWithUTF8String:", s) }

// words are what a string of Objective-C says; "" for none.
func words(s objc.ID) string {
	if s == 0 {
		return ""
	}
	return objc.Send[string](s, objc.RegisterName("UTF8String"))
}

// pooled calls do with a pool that takes in the objects that it makes and drops. A pool
// belongs to a thread.
func pooled(do func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pool := send(send(class("NSAutoreleasePool"), "alloc"), "init")
	defer send(pool, "drain")
	do()
}

// call calls a block of the system's. The library calls those that Go made only.
func call(block objc.Block, args ...uintptr) {
	literal := *(**blockLiteral)(unsafe.Pointer(&block))
	purego.SyscallN(literal.invoke, append([]uintptr{uintptr(block)}, args...)...)
}

// blockLiteral is the beginning of a block, as its ABI has it
// (https://clang.llvm.org/docs/Block-ABI-Apple.html).
type blockLiteral struct {
	_      uintptr  // isa
	_      [2]int32 // flags, reserved
	invoke uintptr
}
