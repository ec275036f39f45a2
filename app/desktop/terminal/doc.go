// Package terminal opens what belongs to the person: a terminal that runs a command,
// a file, a web page. It goes on without us.
//
// Start with [Launcher].
package terminal
