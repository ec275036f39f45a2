// Package dbus opens connections to the message buses of a desktop, and is the one
// place that knows which bus is the person's.
//
// A bus that nobody named is not started, as the libraries would: nobody else would be
// on it. So [FindSession] names the person's bus in our environment when we start, and
// where it stays unnamed there is none. A connection is of our own: one that is shared
// in the process may be closed by others.
//
// Start with [Session]. The package has nothing where there is no D-Bus.
package dbus
