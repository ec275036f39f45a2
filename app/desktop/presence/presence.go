// Package presence has the system find out whether the person is there, by a fingerprint
// or the password of their account, so that a click that a program made is not enough.
//
// macOS does, by LocalAuthentication. Linux and Windows have nothing that a program of
// the user's own could not answer just as well, and that needs no installation by root.
//
// Start with [Confirm].
package presence

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Confirm has the person show who they are. reason goes on after "Vaultbar is trying
// to". It may return: ErrCanceled when they do not, ErrNobodyToAsk where the system cannot
// ask, the error of ctx.
func Confirm(ctx context.Context, reason string) error {
	return confirm(ctx, vaultcore.PrintableLine(reason, 150))
}
