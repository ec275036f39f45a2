// Command input is the keyboard and the mouse of the story that package wine plays: it
// runs in the same Wine as the programs, and gives their windows the messages that
// Windows makes of keys and clicks.
//
//	input wait TITLE        wait for a window whose title has this in it
//	input type TITLE TEXT   type a text into its line, and press its first button
//	input gone              wait until there is no tray icon
//	input quit              pick the last row of the tray icon's menu, and wait until the icon is gone
//
// Each waits until the window is there: package wine ends it when that takes too long.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32         = windows.NewLazySystemDLL("user32.dll")
	findWindow     = user32.NewProc("FindWindowExW")
	windowText     = user32.NewProc("GetWindowTextW")
	isVisible      = user32.NewProc("IsWindowVisible")
	dialogItem     = user32.NewProc("GetDlgItem")
	postMessage    = user32.NewProc("PostMessageW")
	sendMessage    = user32.NewProc("SendMessageW")
	keyDown        = uintptr(0x0100) // WM_KEYDOWN
	character      = uintptr(0x0102) // WM_CHAR
	rightButtonUp  = uintptr(0x0205) // WM_RBUTTONUP
	click          = uintptr(0x00F5) // BM_CLICK
	keyReturn      = uintptr(0x0D)   // VK_RETURN
	keyEnd         = uintptr(0x23)   // VK_END
	firstButton    = uintptr(1)      // IDOK
	ofTheTray      = uintptr(0x0401) // what the tray's library has Windows send it
	classOfTheTray = "SystrayClass"  // and the window that it is sent to
	classOfMenus   = "#32768"
)

func main() {
	if err := act(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func act(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "wait":
		titled(args[1])
	case len(args) == 3 && args[0] == "type":
		window := titled(args[1])
		line := appears(func() uintptr { return next(window, 0, "EDIT") })
		for _, r := range args[2] {
			_, _, _ = sendMessage.Call(line, character, uintptr(r), 0)
		}
		button, _, _ := dialogItem.Call(window, firstButton)
		_, _, _ = postMessage.Call(button, click, 0, 0)
	case len(args) == 1 && args[0] == "quit":
		appears(func() uintptr { return next(0, 0, classOfTheTray) })
		for tray := next(0, 0, classOfTheTray); tray != 0; tray = next(0, 0, classOfTheTray) {
			pickLast(tray)
			time.Sleep(interval)
		}
	case len(args) == 1 && args[0] == "gone":
		for next(0, 0, classOfTheTray) != 0 {
			time.Sleep(interval)
		}
	default:
		return fmt.Errorf("input: %q is not known", args)
	}
	return nil
}

// pickLast opens the tray's menu, or picks the last row of the open one: that may not
// take keys yet, and may be closed when another window comes.
func pickLast(tray uintptr) {
	if next(0, 0, classOfMenus) == 0 {
		_, _, _ = postMessage.Call(tray, ofTheTray, 0, rightButtonUp)
		return
	}
	for _, key := range []uintptr{keyEnd, keyReturn} {
		_, _, _ = postMessage.Call(tray, keyDown, key, 0)
	}
}

// interval is how often a window is looked for.
const interval = 100 * time.Millisecond

// appears waits for a window.
func appears(find func() uintptr) uintptr {
	for {
		if window := find(); window != 0 {
			return window
		}
		time.Sleep(interval)
	}
}

// titled waits for a window on the screen whose title has a text in it. One that is made
// is shown when it is whole.
func titled(text string) uintptr {
	return appears(func() uintptr {
		for window := next(0, 0, ""); window != 0; window = next(0, window, "") {
			if shown, _, _ := isVisible.Call(window); shown != 0 && strings.Contains(title(window), text) {
				return window
			}
		}
		return 0
	})
}

// next is the next window in parent after another one, of a class unless that is "".
func next(parent, after uintptr, class string) uintptr {
	var name *uint16
	if class != "" {
		name, _ = windows.UTF16PtrFromString(class) // ours have no zero in them
	}
	window, _, _ := findWindow.Call(parent, after, uintptr(unsafe.Pointer(name)), 0)
	return window
}

func title(window uintptr) string {
	var text [256]uint16
	n, _, _ := windowText.Call(window, uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)))
	return windows.UTF16ToString(text[:n])
}
