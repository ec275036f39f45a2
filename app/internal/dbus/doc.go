// Package dbus opens connections to the message buses of a desktop. A connection is
// of our own: one that is shared in the process may be closed by others. A bus that
// nobody named is not started: nobody else would be on it.
//
// Start with [Connect] and [SessionAddress]. It is empty where there is no D-Bus.
package dbus
