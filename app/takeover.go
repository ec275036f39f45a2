package app

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

const (
	// answerTime is how long an open question may keep the app with a desktop
	// from taking the place of one without.
	answerTime = 2 * time.Minute
	// endTime is how long an app that was told to stop may take.
	endTime = 15 * time.Second
	// endPause is between two looks whether it has ended.
	endPause = 50 * time.Millisecond
)

// listen opens the socket. An app that was started where there is no desktop, by
// a command over ssh, gives way to one that has a desktop: else there would be
// no icon and no dialog until somebody thought of stopping it. What it holds is
// in the keychain. locked says that it was locked, and so must we be. It may
// return: socket.ErrRunning.
func listen(ctx context.Context, place socket.Location) (l *socket.Listener, locked bool, err error) {
	l, err = socket.Listen(ctx, place)
	if !errors.Is(err, socket.ErrRunning) || !dialog.Present(ctx) {
		return l, false, err
	}
	running := agent.NewClient(agent.ClientOptions{Dial: func(ctx context.Context) (net.Conn, error) { return socket.Dial(ctx, place) }})
	if locked, err = dismiss(ctx, running); err != nil && !errors.Is(err, vaultcore.ErrUnreachable) {
		return nil, false, err
	}
	for until := time.Now().Add(endTime); ; {
		l, err = socket.Listen(ctx, place)
		if !errors.Is(err, socket.ErrRunning) || time.Now().After(until) {
			return l, locked, err
		}
		if retry.Sleep(ctx, endPause) != nil {
			return nil, false, ctx.Err()
		}
	}
}

// dismiss tells an app without a desktop to stop, once nobody is asked anything
// there, and says whether it was locked. It may return: socket.ErrRunning when
// the app has a desktop.
func dismiss(ctx context.Context, running agent.Service) (locked bool, err error) {
	status, err := running.Status(ctx)
	if err == nil && status.Desktop {
		return false, socket.ErrRunning
	}
	if err != nil {
		return false, errors.Join(socket.ErrRunning, err)
	}
	locked, err = answered(ctx, running)
	if err != nil {
		return false, err
	}
	return locked, running.Stop(ctx)
}

// answered waits until no question is open, or has been for long, and says
// whether the app is locked, when there is none.
func answered(ctx context.Context, running agent.Service) (locked bool, err error) {
	waiting, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	err = running.Watch(waiting, func() {
		snapshot, err := running.Snapshot(waiting)
		locked = errors.Is(err, vaultcore.ErrLocked)
		if locked || err == nil && len(snapshot.Asking) == 0 {
			cancel()
		}
	})
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if waiting.Err() == nil && err != nil {
		return false, err
	}
	return locked, nil
}
