package agent

import (
	"context"
	"sync/atomic"
)

// allowedKey is under which a context takes in how an operation was allowed.
type allowedKey struct{}

// WithAllowed is ctx under which [Allow] can be told, and what it was: "" for nothing. It
// is for who keeps account of operations, outside of those who allow them.
func WithAllowed(ctx context.Context) (inner context.Context, how func() string) {
	said := new(atomic.Value)
	return context.WithValue(ctx, allowedKey{}, said), func() string {
		how, _ := said.Load().(string)
		return how
	}
}

// Allow says how an operation under ctx was allowed, where a rule has looked at who asks:
// by "grant", by the choice of the person who was asked, and so on.
func Allow(ctx context.Context, how string) {
	if said, ok := ctx.Value(allowedKey{}).(*atomic.Value); ok {
		said.Store(how)
	}
}
