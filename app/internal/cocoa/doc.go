// Package cocoa asks the frameworks of macOS what no system call says: whether the
// person sees the screen, whether they are there, and what they did with a notification.
//
// It calls them through their own libraries at run time, by purego, and needs neither
// cgo nor Apple's SDK: so all of it is type-checked on every system. Objects of
// Objective-C stay inside; what goes in and out are values of Go. On other systems the
// package is empty.
//
// Notes of the system come on the main thread, on which the tray runs the loop of AppKit:
// in a program without one, none comes.
package cocoa
