//go:build unix && !linux

package main

// ended is always no: the system's first process takes the numbers of the dead
// away.
func ended(int) bool { return false }
