package sessionwatch

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32   = windows.NewLazySystemDLL("user32.dll")
	wtsapi32 = windows.NewLazySystemDLL("wtsapi32.dll")

	registerClass  = user32.NewProc("RegisterClassExW")
	createWindow   = user32.NewProc("CreateWindowExW")
	destroyWindow  = user32.NewProc("DestroyWindow")
	defWindowProc  = user32.NewProc("DefWindowProcW")
	getMessage     = user32.NewProc("GetMessageW")
	dispatch       = user32.NewProc("DispatchMessageW")
	postMessage    = user32.NewProc("PostMessageW")
	notifySessions = wtsapi32.NewProc("WTSRegisterSessionNotification")
	forgetSessions = wtsapi32.NewProc("WTSUnRegisterSessionNotification")
	queryWTS       = wtsapi32.NewProc("WTSQuerySessionInformationW")
)

// The messages and their words, of winuser.h and wtsapi32.h.
const (
	wmClose          = 0x0010
	wmPowerBroadcast = 0x0218
	wmSessionChange  = 0x02B1

	sessionLock, sessionUnlock = 7, 8
	consoleAway, remoteAway    = 2, 4
	consoleBack, remoteBack    = 1, 3

	suspends, resumes = 4, 0x12 // PBT_APMSUSPEND, PBT_APMRESUMEAUTOMATIC

	thisSession = 0 // NOTIFY_FOR_THIS_SESSION
)

// sleepPatience is how long falling asleep waits for a handler. Windows waits for 2 s.
const sleepPatience = 1900 * time.Millisecond

// windowClass is WNDCLASSEXW.
type windowClass struct {
	size, style                        uint32
	procedure                          uintptr
	extraClass, extraWindow            int32
	instance, icon, cursor, background windows.Handle
	menu, name                         *uint16
	smallIcon                          windows.Handle
}

// message is MSG.
type message struct {
	window  windows.HWND
	message uint32
	w, l    uintptr
	time    uint32
	point   struct{ x, y int32 }
}

// listener is the one window that hears messages. A window that is never shown, and not
// one for messages only: those hear nothing of the machine's sleep.
var listener struct {
	sync.Mutex
	hear func(kind uint32, what uintptr)
}

// className is registered once: Windows keeps it, and what it calls, as long as the
// program runs.
var className = sync.OnceValues(func() (*uint16, error) {
	name, err := windows.UTF16PtrFromString("VaultbarSessionWatch")
	if err != nil {
		return nil, err
	}
	class := windowClass{name: name, procedure: windows.NewCallback(func(window windows.HWND, kind uint32, w, l uintptr) uintptr {
		if kind == wmSessionChange || kind == wmPowerBroadcast {
			listener.Lock()
			hear := listener.hear
			listener.Unlock()
			if hear != nil {
				hear(kind, w)
			}
			return 1
		}
		result, _, _ := defWindowProc.Call(uintptr(window), uintptr(kind), w, l)
		return result
	})}
	class.size = uint32(unsafe.Sizeof(class))
	if atom, _, err := registerClass.Call(uintptr(unsafe.Pointer(&class))); atom == 0 {
		return nil, fmt.Errorf("a window to hear of the session cannot be made: %w", err)
	}
	return name, nil
})

// watch listens to the messages of the session and the machine.
func (s *Watcher) watch(ctx context.Context, handle func(Event), follows func()) error {
	w := &windowWatch{watcher: s, notes: make(chan note, 16)}
	listener.Lock()
	listener.hear = func(kind uint32, what uintptr) { w.hear(ctx, kind, what) }
	listener.Unlock()
	defer func() {
		listener.Lock()
		listener.hear = nil
		listener.Unlock()
	}()
	made, ended := make(chan windows.HWND, 1), make(chan error, 1)
	go func() { ended <- runWindow(made) }()
	select {
	case window := <-made:
		defer func() {
			_, _, _ = postMessage.Call(uintptr(window), wmClose, 0, 0)
			<-ended
		}()
	case err := <-ended:
		return err
	}
	s.set(&s.locked, lockedNow())
	follows()
	for {
		select {
		case n := <-w.notes:
			s.note(n.state, n.now, n.event, handle)
			close(n.done)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// windowWatch takes in what the window hears.
type windowWatch struct {
	watcher *Watcher
	notes   chan note
}

// note is a change that waits for its handler.
type note struct {
	state *bool
	now   bool
	event Event
	done  chan struct{} // closed when it was handled
}

// hear is called on the window's thread. That the session has no screen any more, or
// another user has it, is a lock like any other.
func (w *windowWatch) hear(ctx context.Context, kind uint32, what uintptr) {
	s := w.watcher
	n := note{done: make(chan struct{})}
	switch {
	case kind == wmSessionChange && (what == sessionLock || what == consoleAway || what == remoteAway):
		n.state, n.now, n.event = &s.locked, true, ScreenLocked
	case kind == wmSessionChange && (what == sessionUnlock || what == consoleBack || what == remoteBack):
		n.state, n.now, n.event = &s.locked, what != sessionUnlock && lockedNow(), ScreenUnlocked
	case kind == wmPowerBroadcast && what == suspends:
		n.state, n.now, n.event = &s.asleep, true, FallingAsleep
	case kind == wmPowerBroadcast && what == resumes:
		n.state, n.now, n.event = &s.asleep, false, WokenUp
	default:
		return
	}
	select {
	case w.notes <- n:
	default:
		return // the handler hangs
	}
	if n.event == FallingAsleep {
		limit, cancel := context.WithTimeout(ctx, sleepPatience)
		defer cancel()
		select {
		case <-n.done:
		case <-limit.Done():
		}
	}
}

// runWindow makes the window and passes on its messages until it is closed. A window
// belongs to the thread that made it.
func runWindow(made chan<- windows.HWND) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	name, err := className()
	if err != nil {
		return err
	}
	window, _, err := createWindow.Call(0, uintptr(unsafe.Pointer(name)), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	if window == 0 {
		return fmt.Errorf("a window to hear of the session cannot be made: %w", err)
	}
	defer func() { _, _, _ = destroyWindow.Call(window) }()
	if ok, _, err := notifySessions.Call(window, thisSession); ok == 0 {
		return fmt.Errorf("Windows does not say when the screen is locked: %w", err)
	}
	defer func() { _, _, _ = forgetSessions.Call(window) }()
	made <- windows.HWND(window)
	for {
		var m message
		if got, _, err := getMessage.Call(uintptr(unsafe.Pointer(&m)), window, 0, 0); int32(got) <= 0 {
			return err
		}
		if m.message == wmClose {
			return nil
		}
		_, _, _ = dispatch.Call(uintptr(unsafe.Pointer(&m)))
	}
}

// sessionInfo is the beginning of WTSINFOEXW.
type sessionInfo struct {
	level     uint32
	_         uint32 // the rest is aligned to 8 bytes
	sessionID uint32
	state     int32
	flags     int32
}

// The words of WTSQuerySessionInformation.
const (
	currentSession  = ^uint32(0)
	sessionInfoEx   = 25
	flagsLocked     = 0
	levelOfFlags    = 1
	smallestSession = unsafe.Sizeof(sessionInfo{})
)

// lockedNow says whether the screen is locked at the moment; not where Windows does not
// say.
func lockedNow() bool {
	var info *sessionInfo
	var size uint32
	if ok, _, _ := queryWTS.Call(0, uintptr(currentSession), sessionInfoEx, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size))); ok == 0 || info == nil {
		return false
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(info)))
	return uintptr(size) >= smallestSession && info.level == levelOfFlags && info.flags == flagsLocked
}
