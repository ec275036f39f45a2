// Package boottime has the clock by which what a person allowed for a while comes to
// its end: it runs on while the machine sleeps, and nobody sets it.
package boottime
