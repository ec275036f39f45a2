// Package x11 speaks to an X server for the few things that no dialog program
// does for us: bring a window to the front, own the clipboard with a hint for
// clipboard managers, and tell which windows there are.
//
// A [Display] is one connection with one purpose at a time; it keeps nothing
// between calls and starts no window manager business of its own. It reads the
// properties that the window manager keeps (EWMH) and waits for them to change;
// it never polls.
//
// Start with [Dial].
package x11
