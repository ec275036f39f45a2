//go:build unix

package main

// sameVariable says whether two names mean one environment variable.
func sameVariable(a, b string) bool { return a == b }

// killCommand ends a process that does not end by itself.
const killCommand = "kill -9 %d"
