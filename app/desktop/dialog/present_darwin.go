package dialog

import (
	"context"

	"github.com/vaultbar/vaultbar/app/internal/cocoa"
)

// present says whether this login has a screen: one by ssh has none.
func present(context.Context) bool {
	_, ok := cocoa.CurrentSession()
	return ok
}
