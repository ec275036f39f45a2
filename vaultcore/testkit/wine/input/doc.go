// Command input is the keyboard and the mouse of the story that package wine plays: it
// runs in the same Wine as the programs, and gives their windows the messages that
// Windows makes of keys and clicks.
//
//	input wait TITLE        wait for a window whose title has this in it
//	input type TITLE TEXT   type a text into its line, and press its first button
//	input quit              pick the last row of the tray icon's menu, and wait until the icon is gone
//
// Each waits until the window is there: package wine ends it when that takes too long.
package main
