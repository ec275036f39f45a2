// Package desktoptest is a desktop of its own for a test: an X server without a
// screen, a window manager, a session bus, and as asked for a panel with a tray,
// a notification daemon, a keyring with the Secret Service and a system bus. The
// programs are the real ones; a test types and clicks as a person does, and
// looks at what the screen shows.
//
// It waits for what happens and never sleeps. Desktops run side by side, know
// nothing of the one that the test runs on, and leave no process behind. It runs
// on Linux; where a program is missing the test is skipped, and fails when CI is
// "true".
//
// Start with [Start].
package desktoptest
