package presence

import (
	"context"
	"errors"

	"github.com/vaultbar/vaultbar/app/internal/cocoa"
	"github.com/vaultbar/vaultbar/vaultcore"
)

func confirm(ctx context.Context, reason string) error {
	switch err := cocoa.Confirm(ctx, reason); {
	case err == nil, ctx.Err() != nil:
		return err
	case errors.Is(err, cocoa.ErrRefused):
		return vaultcore.Faultf(vaultcore.ErrCanceled, "your identity was not confirmed")
	default:
		return &vaultcore.Fault{Kind: vaultcore.ErrNobodyToAsk, Cause: err, Message: "Touch ID and the password of your account cannot be asked for here",
			Hint: "do it at this Mac's screen, or turn off the setting touch_id"}
	}
}
