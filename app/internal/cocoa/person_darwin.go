package cocoa

import (
	"context"
	"errors"
	"fmt"

	"github.com/ebitengine/purego/objc"
)

// ErrRefused is what [Confirm] returns when the user's identity was not confirmed.
var ErrRefused = errors.New("the user's identity was not confirmed")

// deviceOwner is LAPolicyDeviceOwnerAuthentication of LAPublicDefines.h: Touch ID, an
// Apple Watch, and else the password of the account.
const deviceOwner = 2

// Confirm has the person show who they are, by Touch ID or the password of their
// account. reason goes on after "Vaultbar is trying to". It may return: ErrRefused, the
// error of ctx, errors.ErrUnsupported where macOS cannot ask, as when the account has no
// password.
func Confirm(ctx context.Context, reason string) error {
	if _, err := load(localAuthentication); err != nil {
		return fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	asking := send(send(class("LAContext"), "alloc"), "init")
	if asking == 0 || !objc.Send[bool](asking, objc.RegisterName("canEvaluatePolicy:error:"), int64(deviceOwner), uintptr(0)) {
		return fmt.Errorf("%w: macOS cannot ask who is there", errors.ErrUnsupported)
	}
	yes, err := answered(ctx, func(reply objc.Block) {
		send(asking, "evaluatePolicy:localizedReason:reply:", int64(deviceOwner), text(reason), reply)
	})
	send(asking, "invalidate") // takes the question off the screen, also when nobody waits for it
	send(asking, "release")
	if err == nil && !yes {
		return ErrRefused
	}
	return err
}
