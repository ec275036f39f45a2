// Package tray puts the menu on the desktop's tray and sends clicks back as
// calls on the app.
//
// It decides nothing: package menu turns a snapshot into a menu value, this package
// draws that value, and a click is looked up in the value that was drawn: its action is
// carried out in a goroutine of its own. One goroutine owns the menu (type bar). It
// wakes up for a change, for a click, and, while something counts down, at the moment
// when the menu would next read differently.
//
// A row is created once for a tray host, one in a submenu when it can first be seen; after
// that only its text, mark and state change, since a menu value never changes its shape.
// The tray is told only what somebody can see, and only what has changed: the library sends
// up to three messages for each thing that it is told. Nothing is removed or reset while
// there is a host: in the library, a click that coincides with a removal ends the
// process, and an open menu collapses. When the host goes away, as when the panel
// restarts, the rows are created anew for the next one, which gets the submenus a second
// later than the rest (hosts.go says why). A row may change its meaning under the
// person's pointer, so a click on a row that has only just changed is ignored.
//
// On Linux the icon's properties are ours (item_unix.go): the library can be given
// one picture only, and sends half-transparent pixels in the wrong colors. Plasma
// reads a submenu only when it opens, so we have it read them beforehand
// (submenus_unix.go).
//
// Without a session bus there is no tray: that is logged, and no reason to stop
// ([ErrNoTray]). Without a tray host the icon appears as soon as there is one, and again
// after each restart of the panel.
//
// The library's state is global: [Run] works once, and on the main goroutine. When it
// ends it closes the process's shared connection to the session bus. Start reading there,
// then with bar.run.
package tray
