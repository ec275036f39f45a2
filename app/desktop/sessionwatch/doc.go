// Package sessionwatch knows when nobody can see the screen: while it is locked, or
// the machine sleeps.
//
// Start with [Watcher.Watch].
package sessionwatch
