//go:build !darwin

package app

// takeLinks does nothing: other systems start a program with each link.
func (*app) takeLinks() {}
