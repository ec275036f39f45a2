package x11

import (
	"context"
	"errors"
	"time"

	"github.com/jezek/xgb/screensaver"
	"github.com/jezek/xgb/xproto"
)

// saver is the extension of X that counts since when nobody has touched anything.
const saver = "MIT-SCREEN-SAVER"

// SinceInput returns how long ago the keyboard or the mouse was touched.
func (d *Display) SinceInput(ctx context.Context) (time.Duration, error) {
	defer d.closeWith(ctx)()
	extension, err := xproto.QueryExtension(d.conn, uint16(len(saver)), saver).Reply()
	switch {
	case err != nil:
		return 0, err
	case extension == nil:
		return 0, ErrGone
	case !extension.Present:
		return 0, errors.New("the X server does not have the extension " + saver)
	}
	d.conn.ExtLock.Lock() // screensaver.Init would write to a map that all connections read unlocked
	d.conn.Extensions[saver] = extension.MajorOpcode
	d.conn.ExtLock.Unlock()
	reply, err := screensaver.QueryInfo(d.conn, xproto.Drawable(d.screen.Root)).Reply()
	switch {
	case err != nil:
		return 0, err
	case reply == nil:
		return 0, ErrGone
	}
	return time.Duration(reply.MsSinceUserInput) * time.Millisecond, nil
}
