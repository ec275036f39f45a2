// Package tray puts the menu on the desktop's tray and sends clicks back as
// calls on the app.
//
// It decides nothing: package menu turns what is known into a menu value, this
// package draws that value, and a click is looked up in the value that was drawn:
// its action is handed to whoever carries it out, in a goroutine of its own. One goroutine owns the menu (type bar). It is woken by a change,
// by a click, and while something counts down at the moment when the menu would
// next read differently; else it sleeps.
//
// The rows are made once for a tray host and only change their faces after that,
// since a menu value never changes its shape. Nothing is removed or reset while
// a host is there: with the library beneath, a click that meets a removal ends
// the process, and a menu that is open collapses. When the host goes, as at a
// restart of the panel, the rows are made anew for the next, which is given the
// submenus a second later than the rest (hosts.go says why). What a row means may change under the person's pointer; a
// click on a row that has only just become another is therefore not obeyed.
//
// On Linux the icon's properties are ours (item_unix.go): the library can be given
// one picture, and sends its half-transparent pixels in wrong colours. Plasma
// reads a submenu only as it opens, and is told beforehand to read it
// (submenus_unix.go).
//
// Without a session bus there is no tray, which is an error to be logged and no
// reason to stop ([ErrNoTray]). Without a tray host the icon appears when one
// does, and again after each restart of the panel.
//
// The library keeps state of the whole process: [Run] works once, and on the
// main goroutine. When it ends it closes the process's shared connection to the
// session bus. Start reading there, then with bar.run.
package tray
