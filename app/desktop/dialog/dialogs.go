package dialog

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ncruces/zenity"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// errLate is the cause of a context whose dialog used up its time.
var errLate = errors.New("the dialog timed out")

// longest is how long a dialog that the person opened themselves may stay: it
// keeps questions waiting.
const longest = 5 * time.Minute

// Dialogs are the dialogs on the person's screen. The zero value works. Its
// methods may be called from everywhere; each waits until the screen is free.
type Dialogs struct {
	// Timeout is how long a question stays open; 0 means as long as somebody
	// waits for its answer.
	Timeout time.Duration
	// Ready waits until a person can see the screen; nil means always. See
	// [Screen.Wait].
	Ready func(context.Context) error
	// Icon is the file with the picture of our windows; empty means the dialog
	// program's own.
	Icon string
	// Copy puts the text of a message on the clipboard; nil means that messages
	// have no such button.
	Copy func(ctx context.Context, text string) error

	screen  screen
	program dialogProgram
	shown   atomic.Pointer[string] // the title of the dialog that is open; nil while none is
	tiling  tiling
}

// box is one dialog.
type box struct {
	title   string
	timeout time.Duration
	show    func(ctx context.Context, options []zenity.Option) (string, error)
}

// within is a context for as long as the dialog may stay: with no timeout, as long as ctx.
func (b box) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if b.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, b.timeout, errLate)
}

// Busy says whether a dialog is open.
func (d *Dialogs) Busy() bool { return d.screen.busy() }

// Available says whether there is a desktop to show a dialog on now.
func (d *Dialogs) Available() bool { return d.Missing() == nil }

// Forwarded says whether dialogs are shown on the screen of another machine, by an X
// display that is forwarded over SSH.
func (*Dialogs) Forwarded() bool { return forwarded() }

// Missing says what keeps dialogs from being shown, if anything does. It may
// return: ErrNobodyToAsk.
func (*Dialogs) Missing() error {
	ctx, cancel := context.WithTimeout(context.Background(), probe)
	defer cancel()
	return missing(ctx)
}

// Present says whether this program has a desktop: the person's screen, and what
// goes with it.
func Present(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, probe)
	defer cancel()
	return present(ctx)
}

// probe is how long the desktop may take to say that it is there.
const probe = time.Second

// noDesktop is the failure to show a dialog.
func noDesktop(why, hint string) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "no dialog can be shown: %s", why).WithHint("%s", hint)
}

// open shows one dialog and waits for its end. The caller's turn it must be. It
// may return: ErrCanceled, ErrNobodyToAsk, zenity.ErrExtraButton, or the error
// of ctx.
func (d *Dialogs) open(ctx context.Context, b box) (string, error) {
	if d.Ready != nil {
		if err := d.Ready(ctx); err != nil {
			return "", err
		}
	}
	if err := d.Missing(); err != nil {
		return "", err
	}
	inner, cancel := b.within(ctx)
	defer cancel()
	b.title = commandLine(b.title)
	d.tiling.float(inner)
	d.shown.Store(&b.title)
	defer d.shown.Store(nil)
	go bringToFront(inner, b.title)
	options := append(d.look(inner), zenity.Title(b.title), zenity.Width(width), zenity.Context(inner))
	out, err := b.show(inner, options)
	if err == nil {
		return out, nil
	}
	return "", d.judge(ctx, inner, b, err)
}

// width of a dialog: no title or text of ours is cut off in it.
const width = 460

// judge tells what the end of a dialog without an answer means. A dialog
// program says the same when it was canceled and when it found no display.
func (d *Dialogs) judge(ctx, inner context.Context, b box, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case context.Cause(inner) == errLate:
		return vaultcore.Faultf(vaultcore.ErrCanceled, "the dialog was not answered within %s", b.timeout).WithCause(vaultcore.ErrUnanswered)
	case errors.Is(err, zenity.ErrExtraButton):
		return err
	case errors.Is(err, zenity.ErrCanceled):
		if gone := d.Missing(); gone != nil {
			return gone
		}
		return vaultcore.ErrCanceled
	default:
		return noDesktop("it ended before it was answered", "try again").WithCause(fmt.Errorf("the dialog program: %w", err))
	}
}

// entry is a dialog with one line to type into.
type entry struct {
	title  string
	lines  []string // above the line to type into; the last says what to type
	text   string   // what stands in the line at first
	hidden bool
}

// typed shows an entry and returns what was typed.
func (d *Dialogs) typed(ctx context.Context, e entry, timeout time.Duration) (string, error) {
	return d.open(ctx, box{e.title, timeout, func(ctx context.Context, options []zenity.Option) (string, error) {
		return showEntry(ctx, e, options)
	}})
}

// Focused says whether a dialog is open and has the keyboard: whoever sits there
// need not be told that something waits. Where the desktop does not say which
// window has the keyboard, it is false.
func (d *Dialogs) Focused(ctx context.Context) bool {
	head := d.shown.Load()
	if head == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, probe)
	defer cancel()
	return hasFocus(ctx, *head)
}

// title is what stands above a dialog: the product first, then the data.
func title(format string, args ...any) string {
	return "Vaultbar: " + fmt.Sprintf(format, args...)
}
