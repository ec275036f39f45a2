//go:build !linux

package launch

// WithBus returns the environment as it is: only Linux has a message bus.
func WithBus(env []string) []string { return env }
