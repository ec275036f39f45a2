// Package menu turns what is known and the time into the menu as a value.
//
// [Build] is a pure function: no clock, no I/O, no memory of what was shown
// before. What it returns is drawn by package tray, looked up when a row is
// clicked, and compared in golden tests.
//
// The shape of a menu never changes while the program runs: Build returns the
// same keys in the same order each time, and a row that has nothing to say is
// Hidden. A tray can therefore create its rows once and only update them; it never has
// to insert, move or remove one, which trays do badly, above all while the menu is open.
// There are two levels and no third, because several tray hosts leave a third one blank.
//
// Names come from a config file that anybody may have written. They are shown
// on one line, without control characters, cut when they are long, and told
// apart by their account when two look the same.
//
// A row that is enabled does something that the person sees; every other row is
// gray. Start with Build, then the kinds of [Action].
package menu
