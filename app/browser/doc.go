// Package browser finds the person's browsers and opens an address in one: in the
// window that is there, or in a browser profile of its own, so that the consoles
// of several accounts stay open side by side.
//
// It opens one kind of address only: plain HTTP on this machine's loopback, with a
// page that redirects once. Everybody on the machine can read a program's
// arguments, so an address that signs somebody in must not get here, and is
// refused.
//
// A program is started only when root owns it and nobody else can change it or a
// folder above it; PATH is not searched. It gets the part of the environment that
// a browser needs, a session of its own, and no open file of ours.
//
// A browser profile of its own is a folder below [Launcher.Folder] with a file that
// names it: a user data folder for the Chromium family, a profile folder for
// Firefox. It is kept between calls, and a second start with the same folder is
// handed to the window that is open, by the browser itself. The person's own
// browser profiles are never read or written, and what we write into our own (its
// color and name) is written only while no browser has it open.
//
// What stays behind: a browser keeps in its history where it was led, and so also,
// with its token, the address that signed it in; in a profile of ours as in the
// person's own. AWS takes that address for 15 minutes. We do not switch the history
// off, which finds the pages of a console again: the folder is the person's alone,
// and [Launcher.RemoveProfile] removes it.
//
// The address is in no argument where that can be helped: a page below the same folder,
// which only the person may read, leads to it and is removed at once (page.go). When
// the browser does not come that way it is started again with the address itself.
//
// What is refused: addresses off the loopback, programs that others may change,
// and forgetting a profile whose window is open.
//
// Start with [Launcher.Find], [Launcher.Open], [Launcher.Profiles] and
// [Launcher.RemoveProfile].
package browser
