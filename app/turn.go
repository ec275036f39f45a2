package app

import "context"

// turn lets one at a time through. Unlike for a mutex, who waits can leave.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take waits for the turn; give must follow when it returns nil.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) give() { <-t }
