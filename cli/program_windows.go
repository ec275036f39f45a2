package main

import "strings"

// sameVariable says whether two names mean one environment variable.
func sameVariable(a, b string) bool { return strings.EqualFold(a, b) }

// killCommand ends a process that does not end by itself.
const killCommand = "taskkill /F /PID %d"
