// Package wayland speaks to a Wayland compositor for the one thing that no
// dialog program does for us: own the clipboard, with a hint for clipboard
// managers, from a program that has no window.
//
// It speaks the wire protocol itself: a connection, and the few requests of
// ext-data-control-v1 and of the older zwlr-data-control-v1, which differ in
// nothing but their names. A [Conn] has one purpose and one reader: whoever
// called a function that waits, and later the goroutine of a [Clipboard].
//
// A compositor that has neither protocol is an [ErrNoControl]. Start with
// [OwnClipboard].
package wayland
