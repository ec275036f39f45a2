//go:build unix && !darwin

package clipboard

import (
	"context"
	"errors"
	"net"
	"os"

	"github.com/vaultbar/vaultbar/app/internal/wayland"
	"github.com/vaultbar/vaultbar/app/internal/x11"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// hold owns the clipboard: Wayland's where the compositor lets a program without
// a window at it, else X's.
func hold(ctx context.Context, what content) (*holding, error) {
	if socket := wayland.Socket(); socket != "" {
		held, err := holdWayland(ctx, socket, what)
		if !errors.Is(err, errByX) {
			return held, err
		}
	}
	display, err := x11.Dial(ctx, os.Getenv("DISPLAY"))
	if err != nil {
		return nil, noClipboard("no desktop answers", err)
	}
	owned, err := x11.OwnClipboard(ctx, display, what.text.Reveal(), what.secret)
	if err != nil {
		display.Close()
		return nil, err
	}
	return &holding{lost: owned.Lost(), release: owned.Release}, nil
}

// errByX is why Wayland's clipboard is left alone: X's leads to it.
var errByX = errors.New("the compositor shares the X clipboard with all programs")

// mutters is an interface of Mutter, and of the compositors made from it. They
// share X's clipboard with Wayland's programs at all times; others do so only
// while a window of X has the keyboard, so that a program that says "copied"
// might not be telling the truth.
const mutters = "gtk_shell1"

// holdWayland owns Wayland's clipboard. It may return: errByX.
func holdWayland(ctx context.Context, socket string, what content) (*holding, error) {
	owned, err := wayland.OwnClipboard(ctx, socket, what.text.Reveal(), what.secret)
	switch {
	case err == nil:
		return &holding{lost: owned.Lost(), release: owned.Release}, nil
	case errors.Is(err, wayland.ErrNoControl):
		if sharesX(ctx, socket) {
			return nil, errByX
		}
		return nil, noClipboard("this desktop lets no program without a window use it", err)
	case unreachable(err):
		return nil, errByX // the variable may be of an earlier session
	default:
		return nil, err
	}
}

// unreachable says whether nobody answered at an address.
func unreachable(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && failed.Op == "dial"
}

// sharesX says whether what is on X's clipboard reaches Wayland's programs too.
func sharesX(ctx context.Context, socket string) bool {
	conn, err := wayland.Dial(ctx, socket)
	if err != nil {
		return false
	}
	defer conn.Close()
	return os.Getenv("DISPLAY") != "" && conn.Has(mutters)
}

// noClipboard is the failure to find a clipboard.
func noClipboard(why string, cause error) error {
	return vaultcore.Faultf(errors.ErrUnsupported, "the clipboard cannot be used: %s", why).WithCause(cause).
		WithHint("get the credentials in a terminal: `vaultbar export PROFILE`, or run a command with `vaultbar exec PROFILE`")
}
