package clipboard

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

var (
	user32   = windows.NewLazySystemDLL("user32.dll")
	kernel32 = windows.NewLazySystemDLL("kernel32.dll")

	openClipboard     = user32.NewProc("OpenClipboard")
	closeClipboard    = user32.NewProc("CloseClipboard")
	emptyClipboard    = user32.NewProc("EmptyClipboard")
	setClipboardData  = user32.NewProc("SetClipboardData")
	registerFormat    = user32.NewProc("RegisterClipboardFormatW")
	clipboardSequence = user32.NewProc("GetClipboardSequenceNumber")
	globalAlloc       = kernel32.NewProc("GlobalAlloc")
	globalFree        = kernel32.NewProc("GlobalFree")
	globalLock        = kernel32.NewProc("GlobalLock")
	globalUnlock      = kernel32.NewProc("GlobalUnlock")
	moveMemory        = kernel32.NewProc("RtlMoveMemory")
)

const (
	unicodeText = 13 // CF_UNICODETEXT
	movable     = 2  // GMEM_MOVEABLE
)

// unkept are the formats by which Windows and clipboard managers know what they
// must not keep or send elsewhere. Each holds a zero.
var unkept = []string{"ExcludeClipboardContentFromMonitorProcessing", "CanIncludeInClipboardHistory", "CanUploadToCloudClipboard"}

// hold puts the text on the clipboard. Windows counts its changes, which tells
// whether the text is still ours.
func hold(ctx context.Context, what content) (*holding, error) {
	err := withClipboard(ctx, func() error {
		for _, name := range unkept {
			if !what.secret {
				break
			}
			word, err := windows.UTF16PtrFromString(name)
			if err != nil {
				return err
			}
			format, _, err := registerFormat.Call(uintptr(unsafe.Pointer(word)))
			if format == 0 {
				return fmt.Errorf("the clipboard has no format %s: %w", name, err)
			}
			if err := put(format, make([]uint16, 2)); err != nil {
				return err
			}
		}
		wide, err := windows.UTF16FromString(what.text.Reveal())
		if err != nil {
			return err
		}
		return put(unicodeText, wide)
	})
	if err != nil {
		return nil, err
	}
	ours, _, _ := clipboardSequence.Call()
	return &holding{release: func() {
		if now, _, _ := clipboardSequence.Call(); now != ours {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = withClipboard(ctx, func() error { return nil }) // there is nobody to tell, and no second way
	}}, nil
}

// withClipboard empties the clipboard and has it filled. Another program may
// hold it for a moment.
func withClipboard(ctx context.Context, fill func() error) error {
	runtime.LockOSThread() // it belongs to the thread that opened it
	defer runtime.UnlockOSThread()
	for {
		opened, _, err := openClipboard.Call(0)
		if opened != 0 {
			break
		}
		if retry.Sleep(ctx, 20*time.Millisecond) != nil {
			return fmt.Errorf("another program is blocking the clipboard: %w", err)
		}
	}
	defer func() { _, _, _ = closeClipboard.Call() }()
	if done, _, err := emptyClipboard.Call(); done == 0 {
		return err
	}
	return fill()
}

// put hands memory with a content over to the clipboard, which frees it.
func put(format uintptr, content []uint16) error {
	size := uintptr(len(content) * 2)
	memory, _, err := globalAlloc.Call(movable, size)
	if memory == 0 {
		return err
	}
	at, _, err := globalLock.Call(memory)
	if at == 0 {
		_, _, _ = globalFree.Call(memory)
		return err
	}
	_, _, _ = moveMemory.Call(at, uintptr(unsafe.Pointer(&content[0])), size)
	_, _, _ = globalUnlock.Call(memory)
	if set, _, _ := setClipboardData.Call(format, memory); set == 0 {
		_, _, _ = globalFree.Call(memory)
		return errors.New("the clipboard did not accept the text")
	}
	return nil
}
