package dialog

import (
	"context"
	"encoding/binary"
	"runtime"
	"strings"
	"sync"
	"unicode/utf16"
	"unsafe"

	"github.com/ncruces/zenity"
	"golang.org/x/sys/windows"
)

// The library's window with a line to type into shows one line above it. Whose code it is,
// and what was wrong with the last one, is more, so this window is our own: a template in
// memory that Windows makes a dialog of, with the keys, the fonts and the scaling of all
// others.

var (
	dialogBox   = user32.NewProc("DialogBoxIndirectParamW")
	endDialog   = user32.NewProc("EndDialog")
	itemText    = user32.NewProc("GetDlgItemTextW")
	setItemText = user32.NewProc("SetDlgItemTextW")
	setNumber   = user32.NewProc("SetWindowLongPtrW")
	numberOf    = user32.NewProc("GetWindowLongPtrW")
	postMessage = user32.NewProc("PostMessageW")
)

// Of winuser.h.
const (
	messageClose   = 0x0010 // WM_CLOSE
	messageInit    = 0x0110 // WM_INITDIALOG
	messageCommand = 0x0111 // WM_COMMAND
	userNumber     = 16     // DWLP_USER
	idOK           = 1      // IDOK
	idCancel       = 2      // IDCANCEL

	idText = 100
	idLine = 101
)

// longestEntry is the most that is read of what was typed.
const longestEntry = 4096

// entryBox is an open window with a line to type into.
type entryBox struct {
	ctx   context.Context
	entry entry
	typed string
	leave func() bool // the context, which then closes no window any more
}

// entryBoxes are the open ones by number: a window cannot hold a pointer of ours.
var entryBoxes = struct {
	sync.Mutex
	last uintptr
	open map[uintptr]*entryBox
}{open: make(map[uintptr]*entryBox)}

// entryProcedure answers Windows for all of them. The system has room for a bounded number
// of such functions, and none is ever given back.
var entryProcedure = sync.OnceValue(func() uintptr { return windows.NewCallback(answerWindow) })

// showEntry shows a window with a line to type into.
func showEntry(ctx context.Context, e entry, _ []zenity.Option) (string, error) {
	b := &entryBox{ctx: ctx, entry: e}
	entryBoxes.Lock()
	entryBoxes.last++
	number := entryBoxes.last
	entryBoxes.open[number] = b
	entryBoxes.Unlock()
	defer func() {
		entryBoxes.Lock()
		defer entryBoxes.Unlock()
		delete(entryBoxes.open, number)
	}()
	runtime.LockOSThread() // a window belongs to the thread that made it
	defer runtime.UnlockOSThread()
	template := entryTemplate(e.title, wrap(lines(e.lines...)), e.hidden)
	pressed, _, err := dialogBox.Call(0, uintptr(unsafe.Pointer(&template[0])), 0, entryProcedure(), number)
	if b.leave != nil {
		b.leave()
	}
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case pressed == idOK:
		return b.typed, nil
	case pressed == idCancel:
		return "", zenity.ErrCanceled
	default:
		return "", err
	}
}

// answerWindow is the dialog procedure of Windows: it returns 1 for what it has taken.
func answerWindow(window, message, what, number uintptr) uintptr {
	switch message {
	case messageInit:
		_, _, _ = setNumber.Call(window, userNumber, number)
		b := boxOf(number)
		if text, err := windows.UTF16PtrFromString(b.entry.text); err == nil {
			_, _, _ = setItemText.Call(window, idLine, uintptr(unsafe.Pointer(text)))
		}
		b.leave = context.AfterFunc(b.ctx, func() { _, _, _ = postMessage.Call(window, messageClose, 0, 0) })
		return 1 // and the keyboard goes to the first that takes it
	case messageCommand:
		switch pressed := what & 0xffff; pressed {
		case idOK:
			var text [longestEntry]uint16
			n, _, _ := itemText.Call(window, idLine, uintptr(unsafe.Pointer(&text[0])), longestEntry)
			own, _, _ := numberOf.Call(window, userNumber)
			boxOf(own).typed = windows.UTF16ToString(text[:n])
			clear(text[:])
			_, _, _ = endDialog.Call(window, idOK)
		case idCancel:
			_, _, _ = endDialog.Call(window, idCancel)
		}
		return 1
	case messageClose:
		_, _, _ = endDialog.Call(window, idCancel)
		return 1
	}
	return 0
}

func boxOf(number uintptr) *entryBox {
	entryBoxes.Lock()
	defer entryBoxes.Unlock()
	return entryBoxes.open[number]
}

// Styles of winuser.h.
const (
	dialogStyle = 0x80C80000 | 0x80 | 0x40 | 0x200 | 0x800 // WS_POPUP|WS_CAPTION|WS_SYSMENU, DS_MODALFRAME, DS_SETFONT, DS_SETFOREGROUND, DS_CENTER
	topmost     = 0x8                                      // WS_EX_TOPMOST
	shown       = 0x50000000                               // WS_CHILD|WS_VISIBLE
	tabbed      = 0x00010000                               // WS_TABSTOP
	literally   = 0x80                                     // SS_NOPREFIX
	bordered    = 0x00800000 | 0x80                        // WS_BORDER, ES_AUTOHSCROLL
	starred     = 0x20                                     // ES_PASSWORD
	standard    = 1                                        // BS_DEFPUSHBUTTON

	buttonClass = 0x80
	editClass   = 0x81
	textClass   = 0x82
)

// Sizes, in the units of dialogs: a quarter of a character's width, an eighth of its height.
const (
	margin      = 7
	lineHeight  = 9
	textWidth   = 4 * maxColumn
	fieldHeight = 13
	buttonWidth = 50
)

// entryTemplate is a DLGTEMPLATE with its DLGITEMTEMPLATEs: the text, the line and two
// buttons.
func entryTemplate(title, text string, hidden bool) []byte {
	high := lineHeight * (1 + strings.Count(text, "\n"))
	line := margin + high + 4
	buttons := line + fieldHeight + margin
	var t template
	t.numbers(dialogStyle, topmost)
	t.shorts(4, 0, 0, textWidth+2*margin, buttons+fieldHeight+1+margin, 0, 0) // four items; no menu, no class
	t.text(title)
	t.shorts(9)
	t.text("Segoe UI")
	edit := uint32(shown | tabbed | bordered)
	if hidden {
		edit |= starred
	}
	right := margin + textWidth - buttonWidth
	t.item(shown|literally, margin, margin, textWidth, high, idText, textClass, text)
	t.item(edit, margin, line, textWidth, fieldHeight, idLine, editClass, "")
	t.item(shown|tabbed|standard, right-buttonWidth-4, buttons, buttonWidth, fieldHeight+1, idOK, buttonClass, "OK")
	t.item(shown|tabbed, right, buttons, buttonWidth, fieldHeight+1, idCancel, buttonClass, "Cancel")
	return t
}

// template is one as it grows.
type template []byte

func (t *template) numbers(all ...uint32) {
	for _, n := range all {
		*t = binary.LittleEndian.AppendUint32(*t, n)
	}
}

func (t *template) shorts(all ...int) {
	for _, n := range all {
		*t = binary.LittleEndian.AppendUint16(*t, uint16(n))
	}
}

// text ends with a zero, so that there can be none in it.
func (t *template) text(text string) {
	for _, unit := range utf16.Encode([]rune(strings.ReplaceAll(text, "\x00", ""))) {
		t.shorts(int(unit))
	}
	t.shorts(0)
}

// item begins where a number of 32 bits may.
func (t *template) item(style uint32, x, y, width, height, id, class int, text string) {
	for len(*t)%4 != 0 {
		*t = append(*t, 0)
	}
	t.numbers(style, 0)
	t.shorts(x, y, width, height, id, 0xffff, class)
	t.text(text)
	t.shorts(0)
}
