package reach

import (
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// stopTime is how long the app may take to end.
const stopTime = 10 * time.Second

// errStays is an app that was told to end and goes on.
var errStays = errors.New("the app does not end")

// End ends the app and waits until it does not answer any more, so that the next
// command starts a new one. It may return: ErrUnreachable when there is none.
func (a *App) End(ctx context.Context) error {
	app, _ := a.answering(ctx)
	err := a.Running().Stop(ctx)
	if errors.Is(err, vaultcore.ErrVersion) && app != 0 { // it does not understand that either
		err = tellToEnd(app)
	}
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	for waiting.Err() == nil && !a.over(waiting, app) {
		_ = retry.Sleep(waiting, 10*time.Millisecond)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case waiting.Err() != nil:
		return vaultcore.Faultf(errStays, "Vaultbar did not stop: it still answers after %s", stopTime)
	}
	return nil
}

// over says whether an app has ended. Where the system tells of its process the socket is
// left alone: systemd may listen at it, and would start the next app.
func (a *App) over(ctx context.Context, app int) bool {
	if ended, known := processEnded(app); known {
		return ended
	}
	pid, ok := a.answering(ctx)
	return !ok || pid != app
}
