package lastinput

import (
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/app/internal/cocoa"
)

func since(context.Context) (time.Duration, error) {
	idle, ok := cocoa.Idle()
	if !ok {
		return 0, errors.New("CoreGraphics cannot be asked")
	}
	return idle, nil
}
