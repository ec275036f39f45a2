// Package bounded ends the waiting for calls of libraries that take no context: a server
// that takes a connection and does not answer must not hold up the app.
//
// The call itself cannot be ended. It is left behind, and what comes of it late is dropped.
package bounded

import "context"

// Call returns what a call returns, or the error of ctx when that ends first. What the
// call makes all the same is then given to drop.
func Call[T any](ctx context.Context, call func() (T, error), drop func(T)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome)
	go func() {
		value, err := call()
		select {
		case done <- outcome{value, err}:
		case <-ctx.Done():
			if err == nil {
				drop(value)
			}
		}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
